"""Benchmarks that still run: what they measure is for those who read the figures."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = sorted(
    path.stem
    for path in (ROOT / "benchmarks").glob("*.py")
    if "argparse.ArgumentParser(" in path.read_text()
)


def run(*command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_every_benchmark_says_what_it_measures(name):
    assert run(f"benchmarks.{name}", "--help").startswith("usage:")


@pytest.mark.slow
def test_deriving_is_measured_beside_its_yardstick():
    lines = run("benchmarks.derivation", "--rounds=1", "--samples=4000").splitlines()
    assert len(lines) == 2 and all(line.endswith("x") for line in lines)


@pytest.mark.slow
def test_the_black_box_is_measured_beside_its_yardsticks():
    lines = run("benchmarks.blackbox", "--rounds=1", "--rows=100000").splitlines()
    assert len(lines) == 3 and all("10,000 samples" in line for line in lines)
