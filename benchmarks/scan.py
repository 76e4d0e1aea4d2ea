"""What a scan costs over its kernel: ten million points to disk, a thousand million reduced.

`python benchmarks/scan.py` measures both in one run and writes results/scan_DEVICE.md and .json.
The bare kernel is the scan's own compiled program on the same blocks, with nothing stored; it and
the scan run in turns. Nothing is compiled while the clock runs.
"""

import argparse
import json
import resource
import shutil
import statistics
import tempfile
import time
from collections import deque
from pathlib import Path
from typing import NamedTuple

import jax

jax.config.update("jax_enable_x64", True)

from machine import machine  # noqa: E402
from paths import RESULTS  # noqa: E402

import jaxcom as jc  # noqa: E402
from jaxcom.scan import reductions  # noqa: E402
from jaxcom.scan.engine import THREADS  # noqa: E402
from jaxcom.scan.plan import Plan, planned  # noqa: E402
from jaxcom.scan.program import Evaluator  # noqa: E402

DEVICE = jc.SpinningResonator()


def axes(backscattering: int, spin: int, detuning: int) -> dict[str, jc.Linspace]:
    """A grid of the three axes that designers scan."""
    return {
        "backscattering": jc.Linspace(0.0, 2 * float(DEVICE.kappa), backscattering),
        "spin": jc.Linspace(0.0, 30e3, spin),
        "detuning": jc.Linspace(-63e6, 252e6, detuning),
    }


def bare(plan: Plan) -> float:
    """Seconds for all blocks on the device, as many in flight as in a scan."""
    evaluator, flying = Evaluator(plan, jax.local_devices()), deque()
    start = time.perf_counter()
    for number in range(plan.grid.blocks):
        flying.append(evaluator.evaluate([plan.grid.corner(number)]))
        if len(flying) > THREADS:
            jax.block_until_ready(flying.popleft())
    jax.block_until_ready(list(flying))
    return time.perf_counter() - start


def timed_scan(grid, **request) -> float:
    """Seconds for a scan from the call to the returned Dataset."""
    start = time.perf_counter()
    jc.scan(DEVICE, grid, **request)
    return time.perf_counter() - start


def memory() -> float:
    """The most memory that this process has held, in GiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


class Measured(NamedTuple):
    """Medians over the repeats; the ratios are of runs in turns."""

    what: str
    evaluations: int
    kernel_seconds: float
    scan_seconds: float
    ratio: float
    least_ratio: float
    largest_ratio: float
    memory_gib: float


def to_disk(repeats: int) -> Measured:
    """Ten million points, for light from either side, in a Zarr store."""
    grid, seconds = axes(100, 200, 500), []
    plan = planned(DEVICE, grid, None)
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder, "scan.zarr")
        for _ in range(repeats + 1):
            kernel = bare(plan)
            seconds.append((kernel, timed_scan(grid, store=store)))
            shutil.rmtree(store)
    return measured("10^7 points, both directions, to disk", plan, seconds[1:])


def reduced() -> Measured:
    """The largest E_N along the detuning, of a thousand million points, for light from the left."""
    grid = axes(1000, 1000, 1000)
    request = {
        "outputs": (), "direction": jc.LEFT,
        "reductions": [reductions.Maximum("log_negativity", "detuning")],
    }  # fmt: skip
    timed_scan(axes(1, 250, 1000), **request)  # compiles
    plan = planned(DEVICE, grid, **request)
    kernel = bare(plan)
    return measured(
        "10^9 points, maxima along the detuning", plan, [(kernel, timed_scan(grid, **request))]
    )


def measured(what: str, plan: Plan, seconds: list[tuple[float, float]]) -> Measured:
    """What several runs of kernel and scan come to."""
    kernel, scan = zip(*seconds, strict=True)
    ratios = [s / k for k, s in seconds]
    return Measured(
        what, plan.values, statistics.median(kernel), statistics.median(scan),
        statistics.median(ratios), min(ratios), max(ratios), memory(),
    )  # fmt: skip


def report(rows: list[Measured]) -> str:
    """The table of the results."""
    lines = [
        "# Scans beside their kernel", "", f"{machine()}.", "",
        "| scan | evaluations | kernel | scan | scan / kernel | memory |",
        "|---|---|---|---|---|---|",
    ]  # fmt: skip
    for row in rows:
        span = f" ({row.least_ratio:.2f} to {row.largest_ratio:.2f})"
        lines.append(
            f"| {row.what} | {row.evaluations:.0e} | {row.kernel_seconds:.3g} s "
            f"| {row.scan_seconds:.3g} s "
            f"| {row.ratio:.2f}{span if row.least_ratio < row.largest_ratio else ''} "
            f"| {row.memory_gib:.2f} GiB |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description="What scans cost over their kernel.")
    parser.add_argument("--repeats", type=int, default=9, help="of the scan to disk")
    parser.add_argument("--skip-reduction", action="store_true", help="leave 10^9 points out")
    chosen = parser.parse_args()
    machine()  # before the results make the commit dirty
    rows = [to_disk(chosen.repeats)] + ([] if chosen.skip_reduction else [reduced()])
    print(report(rows))
    stem = RESULTS / f"scan_{jax.default_backend()}"
    stem.with_suffix(".md").write_text(report(rows))
    record = {"machine": machine(), "rows": [row._asdict() for row in rows]}
    stem.with_suffix(".json").write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    main()
