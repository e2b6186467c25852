"""The behaviour of the APIs, one module for each family; see `mockserver.simulation`."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from mockserver.simulation import Decide


@cache
def deciders() -> Mapping[str, Decide]:
    """Every simulated operation: `stem/operationId` -> its function."""
    found: dict[str, Decide] = {}
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        for stem, operations in module.SERVES.items():
            for name, decide in operations.items():
                found[f"{stem}/{name}"] = decide
    return found
