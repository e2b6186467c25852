"""What a session with 100,000 requests at TESA costs beside one with 10, in process.

    python benchmarks/scale.py [--size 100000] [--rounds 20]

CPU of `Engine.handle` for each call, the cheapest of some rounds; the list returns the same ten
requests in both sessions. Then what a record takes in memory, and what advancing costs for
each transition that fires. Ends with 1 where a call costs more than twice as much in the large one.
"""

import argparse
import gc
import itertools
import sys
import time
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import orjson

from mockserver.clock import ClockMode
from mockserver.contract.load import load
from mockserver.engine import Engine
from mockserver.exchange import Exchange
from mockserver.message import Request
from mockserver.scenario_files import shelves_of
from mockserver.server.clocks import to
from mockserver.settings import packaged
from mockserver.simulations import collections, deciders

STEM = "tesamanager-v1"
BASE = b"/v1/orgs/masmovil/tesa"
SMALL = 10
CALLS = 50  # of a round
WEIGHED = 2_000  # records
AIM = 2.0
NOON = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
TEN = b"statuses=VALIDATING,REJECTED&autoInstallation=true&persistence_type=ACTIVATION"


class Universe:
    """A session with some requests, of which ten are in validation."""

    def __init__(self, engine: Engine, name: str, size: int) -> None:
        self._engine = engine
        self._numbers = itertools.count(1)
        self.session = engine.sessions.make(name)
        self.session.clock.set(ClockMode.FROZEN, NOON)
        self._ten = [self.create(auto=True) for _ in range(SMALL)]
        self.advance(timedelta(minutes=10))
        for _ in range(size - SMALL):
            self.create()
        self.session.journal.clear()

    def ask(self, method: str, path: bytes, query: bytes = b"", body: object = None) -> Exchange:
        """One call, which has to succeed."""
        name = self.session.name.encode()
        headers = {b"content-type": b"application/json", b"x-mock-session": name}
        raw = b"" if body is None else orjson.dumps(body)
        request = Request(method, BASE + path, query, headers, raw)
        exchange = self._engine.handle(request, self._engine.find(request.raw_path))
        assert exchange.reply.status in (200, 201), exchange.reply.body
        return exchange

    def create(self, *, auto: bool = False) -> str:
        """Order one more activation; its reference id."""
        order = activation(next(self._numbers), auto=auto)
        made = self.ask("POST", b"/activation", body=order)
        return str(orjson.loads(made.reply.body)["referenceId"])

    def advance(self, span: timedelta) -> int:
        """Let a span pass, however many calls that takes; how many transitions there were."""
        until, number = self.session.clock() + span, 0
        while True:
            advanced = to(self.session, until)
            number += len(advanced.fired)
            if not advanced.ceiling:
                return number

    def calls(self) -> Mapping[str, Callable[[], object]]:
        """What is measured, by name."""
        references = itertools.cycle(self._ten)
        cancelled = (f"BENCH_{number}" for number in itertools.count(SMALL + 1))

        def read() -> None:
            self.ask("GET", b"/requests/" + next(references).encode())

        def find() -> None:
            found = self.ask("GET", b"/requests", TEN)
            assert len(orjson.loads(found.reply.body)["reference_ids"]) == SMALL

        def cancel() -> None:
            self.ask("POST", b"/cancellation", body={"externalReference": next(cancelled)})

        return {"create": self.create, "read": read, "list": find, "action": cancel}


def activation(number: int, *, auto: bool) -> object:
    """An order, each for another building."""
    return {
        "territoryOwner": "NEBA",
        "externalReference": f"BENCH_{number}",
        "technicalCoordinators": {"main": {"name": "Turno de provisión", "phone": "910000001"}},
        "customer": {"documentType": "NIF", "documentNumber": "12345678Z", "name": "Ana"},
        "servicePoint": {"gescal": f"2800002030{number:07}", "autoInstallation": auto},
    }


def cost_us(call: Callable[[], object], times: int = CALLS) -> float:
    """Microseconds of CPU of a call, in one round."""
    started = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - started) / times * 1e6


def engine_of() -> Engine:
    """The engine of this contract and its simulation."""
    (specs,) = (file for file in packaged("specs").iterdir() if file.stem == STEM)
    return Engine(
        [load(specs, lenient=True)],
        simulated={name: each for name, each in deciders().items() if name.startswith(STEM)},
        collections=collections(),
        shelves=shelves_of(packaged("scenarios"), [STEM]),
        clock=lambda: NOON,
    )


def compare(engine: Engine, size: int, rounds: int) -> bool:
    """Print what each call costs in a large session, beside a small one; whether all are fine."""
    small, large = Universe(engine, "small", SMALL), Universe(engine, "large", size)
    gc.collect()
    gc.freeze()
    small_calls, large_calls = small.calls(), large.calls()
    # So that both have requests to act upon, in the same rounds: what is made is acted upon later.
    costs = {name: [float("inf"), float("inf")] for name in small_calls}
    for _ in range(rounds):
        for name, least in costs.items():
            for place, calls in enumerate((small_calls, large_calls)):
                least[place] = min(least[place], cost_us(calls[name]))
    worst = 0.0
    for name, (in_small, in_large) in costs.items():
        ratio = in_large / in_small
        worst = max(worst, ratio)
        print(f"{name:8} {in_small:7.1f} us of {SMALL}, {in_large:7.1f} us of {size}: {ratio:.2f}x")
    print(f"the aim is {AIM:g}x: {'met' if worst <= AIM else 'missed'}")
    return worst <= AIM


def weigh(engine: Engine) -> None:
    """Print what a request at TESA takes in memory, less the journal."""
    universe = Universe(engine, "weighed", SMALL)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(WEIGHED):
        universe.create()
    universe.session.journal.clear()
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(f"a request takes {(after - before) / WEIGHED / 1024:.1f} KiB")


def advance(engine: Engine, size: int) -> None:
    """Print what a transition costs when few and when many fire at once."""
    for number in (size // 100, size):
        universe = Universe(engine, f"advanced-{number}", number)
        started = time.process_time()
        fired = universe.advance(timedelta(days=10))
        spent_us = (time.process_time() - started) * 1e6
        print(f"advance: {fired} transitions, {spent_us / fired:.1f} us each")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=20)
    flags = parser.parse_args(arguments)
    engine = engine_of()
    weigh(engine)
    fine = compare(engine, flags.size, flags.rounds)
    advance(engine, flags.size)
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
