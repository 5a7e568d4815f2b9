"""Memory of the web process and CPU of its start, beside the same third-party apps without any code of the project."""

import argparse
import subprocess
import sys

from . import harness, load
from .harness import Figure

REQUESTS = 100


def start_up(kind: str, env: dict) -> tuple[float]:
    """Milliseconds of CPU until a fresh process has the ASGI application with all urls."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.memory_sites", kind],
        env=env,
        cwd=harness.ROOT,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return (float(done.stdout.splitlines()[-1]),)


def settled(port: int, path: str, server: harness.Process) -> tuple[float, float]:
    load.run(port, [[load.request("GET", path, "")] * REQUESTS])
    return server.memory()


def measure(*, rounds: int = 5) -> list[Figure]:
    with harness.data_dir() as folder:
        port, bare_port = harness.free_port(), harness.free_port()
        staged = harness.stage(folder, port=port)
        env = harness.environment(folder)
        bare_command = harness.uvicorn("benchmarks.memory_sites:application", bare_port)
        with (
            harness.serving(staged["command"], port, env) as server,
            harness.serving(bare_command, bare_port, env) as bare,
        ):
            ours, theirs = settled(port, "/login/", server), settled(bare_port, "/page", bare)
        times = harness.alternate(
            rounds, lambda: start_up("platform", env), lambda: start_up("bare", env)
        )
    cpu, bare_cpu = (harness.medians(column)[0] for column in times)
    return [
        _figure(f"Web process after {REQUESTS} requests, resident", ours[0], theirs[0], "MB", 1.3),
        _figure(f"Web process after {REQUESTS} requests, private", ours[1], theirs[1], "MB", 1.3),
        _figure("CPU of the start: apps, urls, ASGI application", cpu, bare_cpu, "ms", 1.2),
    ]


def _figure(what: str, ours: float, theirs: float, unit: str, goal: float) -> Figure:
    told = f"{ours:.0f} {unit}", f"{theirs:.0f} {unit}"
    return Figure(f"{what}: no project code", *told, ours / theirs, goal, at_least=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    harness.report(measure(rounds=parser.parse_args().rounds))


if __name__ == "__main__":
    main()
