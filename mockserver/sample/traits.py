"""Questions about facets that the walk asks: what is meant, what is asked of a part."""

from collections.abc import Iterable

from mockserver.message import Json
from mockserver.sample import formats
from mockserver.sample.expressions import checker
from mockserver.sample.facets import KINDS, Flat, both, kind_of, member


def is_scalar(value: Json) -> bool:
    """Whether a value has no parts."""
    return not isinstance(value, (dict, list))


def with_patterns(flat: Flat, name: str) -> Json:
    """All that `flat` asks of a member."""
    schema = member(flat, name)
    for pattern, wanted in flat.pattern_properties.items():
        if checker(pattern).search(name):
            schema = both(schema, wanted)
    return schema


def is_free_form(flat: Flat) -> bool:
    """Whether members of any name may be anything: an object whose author said nothing of it."""
    return not flat.pattern_properties and flat.additional in (True, {})


def looks_inside(flat: Flat) -> bool:
    """Whether something is asked of members or elements."""
    asked = (flat.properties, flat.pattern_properties, flat.prefix, flat.contains, flat.unique)
    rests = (flat.additional, flat.names, flat.items)
    return any(asked) or any(rest is not True for rest in rests)


def all_formed(flat: Flat, values: list[Json]) -> bool:
    """Whether all texts surely have the format."""
    formed = formats.checker(flat.format) if flat.format else None
    texts = [value for value in values if isinstance(value, str)]
    return not flat.format or (formed is not None and all(map(formed, texts)))


def members_of(examples: Iterable[Json], name: str) -> list[Json]:
    """What examples of an object show of one of its members."""
    return [example[name] for example in examples if isinstance(example, dict) and name in example]


def with_examples(schema: Json, examples: list[Json]) -> Json:
    """`schema` with what examples of its owner show of it; its own examples go before."""
    scalars = [example for example in examples if is_scalar(example)]
    if not scalars or not isinstance(schema, dict):
        return schema
    own = schema.get("examples", [])
    return {**schema, "examples": [*own, *scalars]}


def is_free(flat: Flat) -> bool:
    """Whether `admits` can judge the values of a member, and it is a text or a number."""
    plain = flat.enum is None and not flat.groups and not flat.nots and flat.exact
    return plain and flat.format in (None, "int32", "int64")


def inferred(flat: Flat) -> str:
    """The kind that is meant where no type is stated."""
    number = (flat.minimum, flat.above, flat.maximum, flat.below, flat.step)
    objects = flat.properties or flat.required or flat.pattern_properties or flat.fewest
    arrays = flat.prefix or flat.contains is not None or flat.least_items or flat.unique
    signs = {
        "object": bool(objects) or flat.additional is not True or flat.names is not True,
        "array": bool(arrays) or flat.items is not True,
        "string": bool(flat.patterns or flat.shortest or flat.format) or flat.longest is not None,
        "integer": any(bound is not None for bound in number),
        **({kind_of(flat.examples[0]): True} if flat.examples else {}),
    }
    order = ("object", "array", "string", "integer", "fraction", "boolean", "null")
    meant = [kind for kind in order if signs.get(kind) and kind in flat.kinds]
    return next(iter([*meant, *(k for k in ("string", *KINDS) if k in flat.kinds)]))
