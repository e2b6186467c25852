"""CPU per request of a running server, beside a constant uvicorn application in the same run.

    python benchmarks/throughput.py [--rounds 5] [--seconds 2] [--log-level warning]

Each case is driven by wrk over loopback in short rounds that alternate with the constant
application. CPU is the server process's own (utime + stime from /proc) divided by the requests
that wrk completed; the lowest round counts, since other work on the machine can only add to it.
The ratio is the constant application's CPU for the same kind of request divided by the case's:
100 % would cost nothing. There is a server for each state that cases are for: `none` answers with
examples, the others remember; what several workers use is added up.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
AGILE = "/v3/orgs/masmovil/tv/agile/subscriptions/ACC_123456"
TRACE = {"Request-Correlation-Id": "2106f808-36e9-402d-bf37-f1f7fa04776b"}
JSON = TRACE | {"Content-Type": "application/json"}
STEERED = {"X-Mock-Session": "bench", "X-Mock-Scenario": "status-404"}
SIGN_UPS = "/v3/orgs/masmovil/tv/agile/subscriptions/BENCH_"
ORDER = {"postalCode": "48001", "products": [{"id": "AGILE_TV_FAMILIA"}]}
SIGN_UP = {
    "externalId": "CRM-1",
    "postalCode": "48001",
    "ftthWorkOrderId": "MYSIM_123456",
    "products": [{"id": "AGILE_TV_FAMILIA", "externalId": "P-1"}],
    "stbs": [
        {
            "stbReference": "STB-4K-ATV",
            "macAddress": "02:1A:7D:4B:9C:E5",
            "serialNumber": "ATV4K2403001187",
            "externalId": "S-1",
        }
    ],
}


@dataclass(frozen=True)
class Case:
    """One kind of request.

    Attributes:
        counted: Whether the path goes on with a number, another one each time.
        read: Whether each request is followed by a GET of the same path.
        state: Which server it is for, by its name in `SERVERS`.
    """

    name: str
    method: str = "GET"
    path: str = AGILE
    headers: dict[str, str] = field(default_factory=dict)
    body: object = None
    aim: int = 0
    counted: bool = False
    read: bool = False
    state: str = "none"

    def lua(self) -> str:
        """A wrk script that sends it."""
        lines = [f"wrk.method = {json.dumps(self.method)}"]
        lines += [
            f"wrk.headers[{json.dumps(n)}] = {json.dumps(v)}" for n, v in self.headers.items()
        ]
        if self.body is not None:
            lines.append(f"wrk.body = {json.dumps(json.dumps(self.body))}")
        if self.read:
            lines += ["local number, started = 0, os.time()", "request = function()"]
            lines += ["  number = number + 1"]
            lines += ["  local name = started .. '_' .. math.floor(number / 2)"]
            lines += [f"  local path = {json.dumps(self.path)} .. name"]
            lines += ["  if number % 2 == 0 then return wrk.format(nil, path) end"]
            lines += ["  return wrk.format('GET', path, nil, '')", "end"]
        elif self.counted:
            path = f"{json.dumps(self.path)} .. started .. '_' .. number"
            lines += ["local number, started = 0, os.time()", "request = function()"]
            lines += ["  number = number + 1", f"  return wrk.format(nil, {path})", "end"]
        return "\n".join(lines)


CASES = [
    Case("fixed GET", headers=TRACE, aim=70),
    Case("validated POST", "POST", headers=JSON, body=SIGN_UP, aim=65),
    Case("refused POST", "POST", headers=JSON, body={**SIGN_UP, "products": []}, aim=60),
    Case("generated GET", headers=TRACE | {"Prefer": "dynamic=true"}, aim=20),
    Case("session GET", headers=TRACE | {"X-Mock-Session": "bench"}, aim=60),
    Case("scenario GET", headers=TRACE | STEERED, aim=55),
    Case("stateful GET", headers=TRACE, state="memory"),
    Case("stateful POST", "POST", SIGN_UPS, JSON, ORDER, counted=True, state="memory"),
    *(
        Case(f"POST, GET {state}", "POST", SIGN_UPS, JSON, ORDER, read=True, state=state)
        for state in ("memory", "sqlite", "sqlite x2")
    ),
]
SERVERS = {
    "none": ["--state", "none"],
    "memory": [],
    "sqlite": ["--state", "sqlite:one.db"],
    "sqlite x2": ["--state", "sqlite:two.db", "--workers", "2"],
}


@contextmanager
def server(command: list[str], folder: str = ".") -> Iterator[tuple[int, str]]:
    """Start a server that prints a JSON ready line; gives its pid and address."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=folder
    )
    try:
        assert process.stdout is not None
        yield process.pid, json.loads(process.stdout.readline())["url"]
    finally:
        process.terminate()
        process.wait(timeout=10)


def cpu_s(pid: int) -> float:
    """CPU seconds a process and its children have used."""
    used = 0
    for each in processes(pid):
        fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        used += int(fields[11]) + int(fields[12])
    return used / TICKS


def processes(pid: int) -> list[str]:
    """A process and its children."""
    return [str(pid), *Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def memory_mb(pid: int) -> float:
    """Memory of a process and its children; what they share counts once."""
    rollups = (Path(f"/proc/{each}/smaps_rollup").read_text() for each in processes(pid))
    sizes = (re.search(r"^Pss:\s+(\d+) kB", each, re.MULTILINE) for each in rollups)
    return sum(int(size[1]) for size in sizes if size) / 1024


def measure(pid: int, url: str, script: Path, seconds: int) -> tuple[float, float]:
    """Microseconds of CPU per request, and requests per second."""
    before = cpu_s(pid)
    output = subprocess.run(
        ["wrk", "-t1", "-c8", f"-d{seconds}s", "-s", str(script), url],
        check=True,
        capture_output=True,
        text=True,
        timeout=seconds + 30,
    ).stdout
    used = cpu_s(pid) - before
    done = int(re.search(r"(\d+) requests in", output)[1])  # type: ignore[index]
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1])  # type: ignore[index]
    return used / done * 1e6, rate


def start_cpu_s(command: list[str], url_path: str) -> tuple[float, float]:
    """CPU seconds from process start to the first reply, and resident memory then."""
    with server(command) as (pid, url):
        request = urllib.request.Request(url + url_path, headers=TRACE)  # noqa: S310 - loopback
        with urllib.request.urlopen(request, timeout=10) as reply:  # noqa: S310 - loopback
            reply.read()
        return cpu_s(pid), memory_mb(pid)


def show(name: str, costs: list[tuple[float, float]], cheapest: float, aim: str) -> None:
    """Print one line of the table: the cheapest round, the fastest one, the ratio."""
    cost = min(cost for cost, _ in costs)
    rate = max(rate for _, rate in costs)
    print(f"{name:20} {cost:8.1f} {rate:9.0f} {cheapest / cost:6.0%}  {aim}")


def main() -> int:
    """Run the comparison and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument(
        "--log-level", default="info", help="of the server (default: its own default)"
    )
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        print("wrk is missing: apt-get install wrk", file=sys.stderr)
        return 2
    serve = [sys.executable, "-m", "mockserver", "serve", "--port", "0", "--json"]
    serve += ["--log-level", options.log_level]
    with tempfile.TemporaryDirectory() as folder:
        start_constant = [sys.executable, str(Path(__file__).with_name("constant.py"))]
        scripts = [Path(folder, f"{index}.lua") for index in range(len(CASES))]
        for script, case in zip(scripts, CASES, strict=True):
            script.write_text(case.lua())
        base: dict[str, list[tuple[float, float]]] = {"GET": [], "POST": []}
        results: dict[str, list[tuple[float, float]]] = {case.name: [] for case in CASES}
        with ExitStack() as running:
            base_pid, base_url = running.enter_context(server(start_constant))
            servers = {
                state: running.enter_context(server([*serve, *flags], folder))
                for state, flags in SERVERS.items()
            }
            time.sleep(0.5)
            for _ in range(options.rounds):
                for costs, script in zip(base.values(), scripts, strict=False):
                    costs.append(measure(base_pid, base_url + "/", script, options.seconds))
                for script, case in zip(scripts, CASES, strict=True):
                    pid, url = servers[case.state]
                    results[case.name].append(
                        measure(pid, url + case.path, script, options.seconds)
                    )
            memory = {state: memory_mb(pid) for state, (pid, _) in servers.items()}
        starts = [start_cpu_s(serve, AGILE) for _ in range(3)]
    print(f"{'case':20} {'CPU us':>8} {'best rps':>9} {'ratio':>6}  aim")
    for method, costs in base.items():
        show(f"constant {method}", costs, min(cost for cost, _ in costs), "")
    for case in CASES:
        cheapest = min(cost for cost, _ in base[case.method])
        show(case.name, results[case.name], cheapest, f">= {case.aim} %" if case.aim else "")
    print(f"start to first reply: {min(s for s, _ in starts):.2f} s CPU (aim < 0.5)")
    print(f"memory: {starts[0][1]:.0f} MB after the first reply (aim < 90)")
    for state, size in memory.items():
        print(f"memory: {size:.0f} MB at the end, {state}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
