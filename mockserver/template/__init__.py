"""Reply templates of scenario files: Jinja2 in a sandbox, over the request, the moment and chance.

A template is text, or JSON whose texts are templates at any depth; keys are literal. A text that is
one `{{ expression }}` gives the value of the expression, any other gives text, in which values that
are not text stand as JSON; `x if y` without an else is an empty text. A text without `{{`, `{%` and
`{#` stays as it is.

    request   method, path, query, headers (lower-case names), body (None for none), raw_path
    now       the time of the moment, in UTC; filters: iso, date, epoch, plus(days=3)
    uuid      the same wherever a reply names it; `faker.uuid4()` gives one for each call
    faker     methods of Faker's Spanish providers, but not those that read the real clock
    session   the name of the session
    range     of at most `filters.RANGE_MAX` numbers

`uuid` and `faker` depend on the seed, the session and the request, and on nothing else.

Authors are not trusted with the machine. What is not listed here cannot be reached: statements,
attributes, filters and tests. Texts, numbers, structures and the number of steps are bounded.
Jinja2 and Faker are imported when the first template needs them.

    compile   a template as written -> compiled -> a reply; its error
    syntax    the tree of a text: what is not listed is refused, what can grow is checked
    sandbox   the environment of Jinja2: open attributes, calls and operations
    names     what templates can name
    fake      uuid and Faker, from one seed
    filters   those taken from Jinja2, and our own
    values    what an expression gives, as JSON and as text
    budget    the bounds of one rendering, counted
    words     what a template cannot have or do, in words
"""

from mockserver.template.compile import Compiled, TemplateError, compile_template

__all__ = ["Compiled", "TemplateError", "compile_template"]
