"""Time of a scan relative to its kernel: 10^7 points to disk, 10^9 points reduced.

`python benchmarks/scan.py` measures both in one run and writes results/scan_DEVICE.md and .json.
The kernel is the compiled program of the scan on the same blocks, with nothing stored; kernel and
scan alternate. Compilation is not included.

`python benchmarks/scan.py --zarr-chunks` prints instead the time of a scan to disk whose chunks are
written by zarr, relative to that of a scan whose chunks are written by `jaxcom.scan.chunks`.
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
from unittest.mock import patch

import jax

jax.config.update("jax_enable_x64", True)

from machine import machine  # noqa: E402
from paths import RESULTS  # noqa: E402

import jaxcom as jc  # noqa: E402
from jaxcom.scan import reductions  # noqa: E402
from jaxcom.scan.engine import THREADS, HostBlock  # noqa: E402
from jaxcom.scan.plan import ScanPlan, plan_scan  # noqa: E402
from jaxcom.scan.program import BlockEvaluator  # noqa: E402
from jaxcom.scan.store import Store  # noqa: E402

DEVICE = jc.SpinningResonator()


def axes(backscattering: int, spin: int, detuning: int) -> dict[str, jc.Linspace]:
    """Grid of three axes with the given numbers of points."""
    return {
        "backscattering": jc.Linspace(0.0, 2 * float(DEVICE.kappa), backscattering),
        "spin": jc.Linspace(0.0, 30e3, spin),
        "detuning": jc.Linspace(-63e6, 252e6, detuning),
    }


def timed_kernel(plan: ScanPlan) -> float:
    """Time of all blocks on the device, in s, with as many in flight as in a scan."""
    evaluator, flying = BlockEvaluator(plan, jax.local_devices()), deque()
    start = time.perf_counter()
    for number in range(plan.grid.blocks):
        flying.append(evaluator.evaluate([plan.grid.corner(number)]))
        if len(flying) > THREADS:
            jax.block_until_ready(flying.popleft())
    jax.block_until_ready(list(flying))
    return time.perf_counter() - start


def timed_scan(grid, **request) -> float:
    """Time of a scan from the call to the returned Dataset, in s."""
    start = time.perf_counter()
    jc.scan(DEVICE, grid, **request)
    return time.perf_counter() - start


def memory() -> float:
    """Peak memory of this process, in GiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


class Measured(NamedTuple):
    """Medians over the repeats; the ratios are those of consecutive runs."""

    what: str
    evaluations: int
    kernel_seconds: float
    scan_seconds: float
    ratio: float
    least_ratio: float
    largest_ratio: float
    memory_gib: float


def to_disk(repeats: int) -> Measured:
    """Measure 10^7 points, for both directions, in a Zarr store."""
    grid, seconds = axes(100, 200, 500), []
    plan = plan_scan(DEVICE, grid, None)
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder, "scan.zarr")
        for _ in range(repeats + 1):
            kernel = timed_kernel(plan)
            seconds.append((kernel, timed_scan(grid, store=store)))
            shutil.rmtree(store)
    return measured("10^7 points, both directions, to disk", plan, seconds[1:])


def reduced() -> Measured:
    """Measure the maxima of E_N along the detuning, of 10^9 points, for light from the left."""
    grid = axes(1000, 1000, 1000)
    request = {
        "outputs": (), "direction": jc.LEFT,
        "reductions": [reductions.Maximum("log_negativity", "detuning")],
    }  # fmt: skip
    timed_scan(axes(1, 250, 1000), **request)  # compiles
    plan = plan_scan(DEVICE, grid, **request)
    kernel = timed_kernel(plan)
    return measured(
        "10^9 points, maxima along the detuning", plan, [(kernel, timed_scan(grid, **request))]
    )


def measured(what: str, plan: ScanPlan, seconds: list[tuple[float, float]]) -> Measured:
    """Summary of several runs, from the times of kernel and scan."""
    kernel, scan = zip(*seconds, strict=True)
    ratios = [s / k for k, s in seconds]
    return Measured(
        what, plan.evaluations, statistics.median(kernel), statistics.median(scan),
        statistics.median(ratios), min(ratios), max(ratios), memory(),
    )  # fmt: skip


def report(rows: list[Measured]) -> str:
    """Table of the results in Markdown."""
    lines = [
        "# Scans compared with their kernel", "", f"{machine()}.", "",
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


class ZarrChunkStore(Store):
    """Store whose chunks are written by zarr."""

    def write(self, number: int, block: HostBlock) -> None:
        """Write the chunks of a block."""
        inside = self._plan.grid.inside(number)
        for v in self._plan.variables:
            array = self._arrays[v.name].with_config({"write_empty_chunks": True})
            for place, values in block[v.name].items():
                chunk, part = self.chunk(v, place, number), values[inside]
                shape = (1,) * (array.ndim - part.ndim) + part.shape
                array.set_block_selection(chunk, part.reshape(shape))


def compare_chunk_writers(repeats: int) -> str:
    """Ratios of the times of scans with chunks written by zarr and by this library, as text."""
    lines = [machine()]
    for outputs in (
        ("log_negativity",),
        ("log_negativity", "nonreciprocity"),
        ("log_negativity", "log_negativity_reflected", "photons_driven", "q_s"),
    ):
        ratios = [timed_to_disk(ZarrChunkStore, outputs) / timed_to_disk(Store, outputs)
                  for _ in range(repeats + 1)][1:]  # fmt: skip
        lines.append(
            f"{1 + len(outputs)} arrays: zarr / jaxcom.scan.chunks = "
            f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        )
    return "\n".join(lines)


def timed_to_disk(store: type[Store], outputs: tuple[str, ...]) -> float:
    """Time of a scan of 10^7 points for both directions into a store of a class, in s."""
    with tempfile.TemporaryDirectory() as folder, patch("jaxcom.scan.on_disk.Store", store):
        return timed_scan(axes(100, 200, 500), outputs=outputs, store=Path(folder, "scan.zarr"))


def main() -> None:
    """Measure, print and write the results."""
    parser = argparse.ArgumentParser(description="Time of scans relative to their kernel.")
    parser.add_argument("--repeats", type=int, default=9, help="number of scans to disk")
    parser.add_argument("--skip-reduction", action="store_true", help="leave out 10^9 points")
    parser.add_argument(
        "--zarr-chunks", action="store_true", help="only compare chunks written by zarr"
    )
    chosen = parser.parse_args()
    if chosen.zarr_chunks:
        print(compare_chunk_writers(chosen.repeats))
        return
    machine()  # before the results change the working tree, whose state is recorded
    rows = [to_disk(chosen.repeats)] + ([] if chosen.skip_reduction else [reduced()])
    print(report(rows))
    stem = RESULTS / f"scan_{jax.default_backend()}"
    stem.with_suffix(".md").write_text(report(rows))
    record = {"machine": machine(), "rows": [row._asdict() for row in rows]}
    stem.with_suffix(".json").write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    main()
