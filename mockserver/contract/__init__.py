"""One API document, compiled once: from a file to operations the engine can run.

    load        file -> document -> Contract; every finding located
    compiler    document -> operations; what is not served is refused aloud
    dialect     OpenAPI version -> 3.x shape, its schemas -> JSON Schema 2020-12
    schemas     validators: lazy, one for each distinct schema, bounded
    explain     what is wrong with a value, in words
    references  every `$ref` leads somewhere, to the right kind of thing
    parameters  raw text of a request -> typed values
    bodies      raw body -> parsed content
    replies     documented replies, their examples, the request's values echoed in them
    operation   one method and path, with all of the above
    table       raw path and method -> operation

Nothing here knows HTTP frameworks, scenarios or state.
"""
