"""What sessions, the journal and a scenario add to a plain reply, in process.

    python benchmarks/steering.py [--rounds 40]

CPU per request of `Engine.handle`, beside that of the plain reply: the path found, the request
checked, the documented example written, nothing remembered. The cheapest of many short rounds
counts, since other work on the machine can only add to it.
"""

import argparse
import gc
import time
from collections.abc import Callable

from mockserver.contract.load import files_of, load_all
from mockserver.engine import Engine
from mockserver.message import Request
from mockserver.scenario_files import shelves_of
from mockserver.service import Services
from mockserver.settings import packaged

PATH = b"/v3/orgs/masmovil/tv/agile/subscriptions/ACC_123456"
HEADERS = {
    b"host": b"127.0.0.1:8080",
    b"user-agent": b"benchmark",
    b"request-correlation-id": b"2106f808-36e9-402d-bf37-f1f7fa04776b",
}
SESSION = {b"x-mock-session": b"bench"}
SCENARIO = SESSION | {b"x-mock-scenario": b"status-404"}
REQUESTS = 2_000  # of a round
AIM_US = 5


def cost_us(answer: Callable[[Request], object], headers: dict[bytes, bytes]) -> float:
    """Microseconds of CPU per request, in one round."""
    started = time.process_time()
    for _ in range(REQUESTS):
        answer(Request("GET", PATH, b"", headers))
    return (time.process_time() - started) / REQUESTS * 1e6


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=40)
    rounds = parser.parse_args().rounds
    contracts = load_all(files_of([packaged("specs")]))
    shelves = shelves_of(packaged("scenarios"), [contract.stem for contract in contracts])
    engine = Engine(contracts, shelves=shelves)
    services = Services(contracts)
    session = engine.sessions.default

    def plain(request: Request) -> None:
        match = services.table.find(request.raw_path)
        service = services.of(request, match)
        assert service is not None
        assert match is not None
        assert service.checker.check(request, match[1]) is None
        service.answerer.normal(request, session)

    def whole(request: Request) -> None:
        engine.handle(request, engine.find(request.raw_path))

    whole(Request("GET", PATH, b"", HEADERS | SCENARIO))  # makes the session, reads the scenarios
    gc.collect()
    gc.freeze()
    cases = {
        "plain reply": (plain, HEADERS),
        "with the journal": (whole, HEADERS),
        "in a session of its own": (whole, HEADERS | SESSION),
        "and by a scenario of its header": (whole, HEADERS | SCENARIO),
    }
    costs = dict.fromkeys(cases, float("inf"))
    for _ in range(rounds):  # in turns, as the machine is not the same from one second to the next
        for name, (answer, headers) in cases.items():
            costs[name] = min(costs[name], cost_us(answer, headers))
    least = costs["plain reply"]
    for name, cost in costs.items():
        print(f"{name:32} {cost:6.1f} us  {cost - least:+5.1f}")
    print(f"together they may add {AIM_US} us")


if __name__ == "__main__":
    main()
