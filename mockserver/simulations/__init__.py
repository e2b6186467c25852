"""The behaviour of the APIs, one module for each family; see `mockserver.simulation`."""

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from functools import cache
from types import ModuleType

from mockserver.simulation import Collection, Decide, Poll


@cache
def deciders(*, stateless: bool = False) -> Mapping[str, Decide | Poll]:
    """Every simulated operation: `stem/operationId` -> its function.

    Args:
        stateless: Only those of modules that say `REMEMBERS = False`.
    """
    return {
        f"{stem}/{name}": decide
        for module in _modules()
        if not (stateless and getattr(module, "REMEMBERS", True))
        for stem, operations in getattr(module, "SERVES", {}).items()
        for name, decide in operations.items()
    }


@cache
def collections() -> Mapping[str, Collection]:
    """Every kind of record, by name."""
    declared = (each for module in _modules() for each in getattr(module, "COLLECTIONS", ()))
    return {each.name: each for each in declared}


@cache
def _modules() -> Sequence[ModuleType]:
    names = (f"{__name__}.{info.name}" for info in pkgutil.iter_modules(__path__))
    return [importlib.import_module(name) for name in names]
