"""Runs every benchmark and prints one table in Markdown, as docs/performance.md has it."""

import os
import platform
import time

from . import blackbox, derivation, fanout, harness, ingest, latency, memory, mqtt
from .harness import Figure

PARTS = (
    (ingest, {"rounds": 4}),
    (fanout, {"rounds": 3}),
    (blackbox, {"rounds": 5}),
    (derivation, {"rounds": 5}),
    (latency, {}),
    (memory, {"rounds": 5}),
    (mqtt, {"rounds": 3}),
)


def row(figure: Figure, command: str) -> str:
    verdict = {None: "", True: "met", False: "**missed**"}[figure.met]
    what, _, yardstick = figure.what.partition(": ")
    told = f"{figure.yardstick} ({yardstick})" if yardstick else figure.yardstick
    cells = (what, figure.ours, told, figure.ratio_text, figure.goal_text, verdict, command)
    return f"| {' | '.join(cells)} |"


def main() -> None:
    began = time.monotonic()
    lines = []
    for module, options in PARTS:
        name = module.__name__.rpartition(".")[2]
        print(f"{name} ({harness.load_average()})", flush=True)
        try:
            figures = module.measure(**options)
        except SystemExit as error:  # a part that cannot run here leaves the others their lines
            print(f"  not measured: {error}", flush=True)
            continue
        harness.report(figures)
        lines += [row(figure, f"`{name}`") for figure in figures]
    print(
        f"\n{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, Python {platform.python_version()},"
        f" {time.monotonic() - began:.0f} s\n"
    )
    print(
        "| Figure | Platform | Yardstick | Ratio | Goal | | Benchmark |\n|---|---|---|---|---|---|---|"
    )
    print("\n".join(lines))


if __name__ == "__main__":
    main()
