"""Deriving a robot's drives, laps and hours from its stored samples, beside reading and parsing the same samples."""

import argparse
import json
import subprocess
import sys

from . import harness
from .harness import Figure

SAMPLES = 100_000


def measure(*, rounds: int = 5, samples: int = SAMPLES) -> list[Figure]:
    with harness.data_dir() as folder:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "benchmarks.derivation_site"),
                json.dumps({"rounds": rounds, "samples": samples}),
            ],
            env=harness.environment(folder),
            cwd=harness.ROOT,
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        )
    told = json.loads(done.stdout.splitlines()[-1])
    if not (told["drives"] and told["laps"]):
        raise SystemExit(f"Nothing was derived: {told}")
    return _figures(samples, told)


def _figures(samples: int, told: dict) -> list[Figure]:
    name = f"Deriving from {samples:,} samples, CPU a sample"
    ours, bare = (told[key] / samples * 1e6 for key in ("ours", "bare"))
    late = told["late"]
    return [
        Figure(f"{name}: read and parsed", f"{ours:.1f} µs", f"{bare:.1f} µs", ours / bare),
        Figure(
            f"One late sample among {samples:,}, CPU: all anew",
            f"{late * 1000:.0f} ms",
            f"{told['ours'] * 1000:.0f} ms",
            late / told["ours"],
        ),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--samples", type=int, default=SAMPLES)
    options = parser.parse_args()
    harness.report(measure(rounds=options.rounds, samples=options.samples))


if __name__ == "__main__":
    main()
