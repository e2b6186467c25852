"""Generated values: JSON that conforms to a schema and looks like the real thing.

    compile_sampler   a schema -> a closure that draws a value, nothing interpreted per value
    seed_of           what a reply depends on -> the seed of the chance it is drawn with

The same seed gives the same value on any machine and in any process: nothing here reads the clock
or the process' own chance. Bodies depend on the version of Faker in the words that come from it
(names, companies, streets, sentences: `people`), and on nothing else outside of this package.

From the schema to the closure: `facets` (merged flat; `logic` and `traits` judge them), `walk` (to
plans, each at its `place`), `plan`, `build` (to closures). `strings` and `numbers` choose between
`names` with the table of the trade in `telecom`, `formats`, `lookalike` and `patterns` (read by
`expressions`, drawn from `alphabets`). `values`, `places` and `people` make; `chance` draws.
"""

from collections.abc import Callable
from random import Random

from mockserver.message import Json
from mockserver.sample.build import Builder, Unsampleable
from mockserver.sample.chance import seed_of
from mockserver.sample.walk import Walk

__all__ = ["Sampler", "Unsampleable", "compile_sampler", "seed_of"]

Sampler = Callable[[Random], Json]


def compile_sampler(
    schema: Json,
    *,
    resolve: Callable[[str], Json],
    is_valid: Callable[[Json, Json], bool] | None = None,
) -> Sampler:
    """Compile a schema to a closure that draws values which conform to it.

    Args:
        schema: JSON Schema 2020-12 (dict or bool), `$ref`s kept. `readOnly` and `writeOnly` are
            the caller's business. `examples`, `example` and `default` only lend their shape.
        resolve: What a `$ref` points to. Each is asked for once; it may lead back to itself.
        is_valid: `(schema, value) -> bool`, a validator for `schema` or for any part of it, always
            given the same part as the same object. It is called for parts that cannot be satisfied
            by construction (`oneOf` whose branches overlap in ways we do not see, some `not`,
            `contains` with counts, `unevaluated...`), and never for plain schemas. Without it the
            values of such parts may be invalid.

    Returns:
        `sampler(rng) -> value`. Optional members are there four times out of five, arrays have one
        to three elements, recursion ends after two or three levels. The value is the caller's own.
        It raises `Unsampleable` when the validator refuses everything that is tried.

    Raises:
        Unsampleable: No value can satisfy the schema, or none could be found; it names the place.
    """
    walk = Walk(resolve, is_valid)
    plan = walk.whole(schema)
    return Builder(walk.named, is_valid).sampler(plan)
