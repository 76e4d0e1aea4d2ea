"""Points a second of E_N, side by side in one run: this library and what people use instead.

    python benchmarks/compare.py [--points 1 1000 10000 100000 1000000] [--out benchmarks/results]

Every row goes from the design to E_N of the driven mode and the mirror, the verdict on stability
included, or to derivatives of it. Compilation is timed apart. On a GPU the library's rows are
compared with the same rows on the CPU, point by point, instead of with NumPy; try there
`--points 1000000 100000000 1000000000 --only entanglement`. On a CPU with AVX-512 also try it with
`XLA_FLAGS=--xla_cpu_prefer_vector_width=512` and `--name compare_cpu_512`.

Writes a table, a figure and all numbers as JSON.
"""

import argparse
import json
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import jax

jax.config.update("jax_enable_x64", True)

import jax.numpy as jnp  # noqa: E402
import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402
from contenders import CONTROLS, Contender, designs, library, others, value  # noqa: E402
from machine import machine  # noqa: E402
from paths import RESULTS  # noqa: E402
from references.reference_states import DESIGNS, DIRECTIONS, branches  # noqa: E402

PATIENCE = 4.0  # seconds that one call may take: slower contenders sit out the larger batches
ROUNDS = 5


class Row(NamedTuple):
    """One contender and how it did."""

    name: str
    compile_seconds: float | None
    error: float | None
    rates: dict[int, float]
    operations: float | None
    kernels: int | None


def prepared(contender: Contender, batch) -> tuple[Callable, Any]:
    """The function to time, without arguments, and the compiled program behind it if any."""
    if contender.compiled:
        on_device = jax.tree.map(jnp.asarray, batch)
        program = jax.jit(contender.function).lower(on_device).compile()
        return lambda: jax.block_until_ready(program(on_device)), program
    if contender.of == "matrices":
        return contender.function(batch), None
    return lambda: contender.function(batch), None


def timed(function: Callable, least: float = 0.1) -> float:
    """Seconds of the fastest of some calls, `least` seconds of them in all."""
    fastest, begin = float("inf"), time.perf_counter()
    while True:
        start = time.perf_counter()
        function()
        end = time.perf_counter()
        fastest = min(fastest, end - start)
        if end - begin > least:
            return fastest


def measure(contenders: list[Contender], sizes: list[int]) -> list[Row]:
    """All contenders at all batch sizes, in rounds, so that a noisy minute meets all of them."""
    rates: list[dict[int, float]] = [{} for _ in contenders]
    compiled: list[float | None] = [None] * len(contenders)
    programs: list[Any] = [None] * len(contenders)
    for size in sizes:
        batch, running = designs(size), {}
        for k, contender in enumerate(contenders):
            fastest = max(rates[k].values(), default=0.0)
            if rates[k] and (size > contender.most or size / fastest > PATIENCE):
                continue
            start = time.perf_counter()
            running[k], program = prepared(contender, batch)
            if program is not None:
                compiled[k], programs[k] = time.perf_counter() - start, program
            running[k]()
        for _ in range(ROUNDS):
            for k, function in running.items():
                rates[k][size] = max(rates[k].get(size, 0.0), size / timed(function))
        print(f"{size} points: done", file=sys.stderr)
    return [
        Row(c.name, compiled[k], error(c), rates[k], *_cost(programs[k], max(rates[k])))
        for k, c in enumerate(contenders)
    ]


def _cost(program, points: int) -> tuple[float | None, int | None]:
    """Operations a point and kernels that XLA made, if it says."""
    if program is None:
        return None, None
    analysis = program.cost_analysis() or {}
    kernels = program.as_text().count(" fusion(")
    return analysis.get("flops", float("nan")) / points, kernels


def error(contender: Contender) -> float | None:
    """The largest error against the 50-digit reference states, of rows that give E_N of a design.

    Derivatives are compared with those of `steady_state`, relative to the largest.
    """
    controls = {name: getattr(DESIGNS, name) for name in CONTROLS}
    expected = branches("log_negativity_driven")[0]
    if contender.of == "value" and contender.compiled:
        device, direction = DESIGNS, DIRECTIONS
        if "strongest" in contender.name:
            every = branches("log_negativity_driven")
            expected = np.nanmax(np.where(np.isnan(every).all(axis=0), 0, every), axis=0)
            expected = np.where(np.isnan(every).all(axis=0), np.nan, expected)
        options = {"dtype": jnp.float32} if "float32" in contender.name else {}
        function = value if options else contender.function
        return worst(function(controls, device, direction, **options), expected)
    if contender.of == "gradient":
        few = designs(200)
        return slope_error(contender.function(few)[1], few)
    if contender.of == "derivatives":
        few = designs(200)
        return slope_error(contender.function(few), few)
    return None


def slope_error(slopes, controls) -> float:
    """The largest difference from the gradients of the path by matrices."""
    from contenders import by_matrices

    import jaxcom as jc

    expected = jax.jit(jax.vmap(jax.grad(by_matrices(jc.Kronecker()))))(controls)
    return max(
        float(np.nanmax(np.abs(slopes[c] - expected[c])) / np.nanmax(np.abs(expected[c])))
        for c in CONTROLS
    )


def worst(computed, expected) -> float:
    """The largest error; infinite where one says stable and the other not."""
    computed = np.asarray(computed)
    if not np.array_equal(np.isnan(computed), np.isnan(expected)):
        return float("inf")
    return float(np.nanmax(np.abs(computed - expected)))


def peak_operations() -> float:
    """Multiplications and additions a second, at most, that XLA reaches here in double precision.

    Independent chains of x v + 1/2 in one kernel; how many hide the latency best is tried out.
    """
    return max(_chain_operations(count) for count in (4, 5, 6, 8))


def _chain_operations(count: int, steps: int = 64) -> float:
    def chains(x):
        values = [x + k for k in range(count)]
        for _ in range(steps):
            values = [v * x + 0.5 for v in values]
        return sum(values)

    x = jnp.linspace(0.0, 0.4, 1_000_000)
    program = jax.jit(chains).lower(x).compile()
    seconds = timed(lambda: jax.block_until_ready(program(x)), least=0.5)
    return x.size * count * steps * 2 / seconds


def agreement(points: int = 100_000) -> float:
    """The largest difference of E_N between this device and the CPU, verdicts included."""
    batch = jax.tree.map(jnp.asarray, designs(points))
    here = np.asarray(jax.jit(value)(batch))
    with jax.default_device(jax.local_devices(backend="cpu")[0]):
        there = np.asarray(jax.jit(value)(jax.tree.map(np.asarray, batch)))
    return worst(here, there)


def report(rows: list[Row], sizes: list[int], peak: float) -> str:
    """The table, in Markdown."""
    title = " | ".join(f"{size:,}" for size in sizes)
    lines = [
        f"Points a second by size of the batch. {machine()}. "
        f"Peak of fused multiply-adds, as XLA reaches it: {peak / 1e9:.0f} GFLOP/s.",
        "",
        f"| E_N of a design | {title} | compilation | error | operations | of peak |",
        "|---|" + "---|" * (len(sizes) + 4),
    ]
    for row in rows:
        speeds = " | ".join(_short(row.rates[s]) if s in row.rates else "" for s in sizes)
        share = _share(row, peak)
        lines.append(
            f"| {row.name} | {speeds} | {_or_blank(row.compile_seconds, '.1f', ' s')} | "
            f"{_or_blank(row.error, '.0e')} | {_or_blank(row.operations, '.0f')} | {share} |"
        )
    return "\n".join([*lines, "", *ratios(rows), ""])


def _short(number: float) -> str:
    """Three digits and a prefix: 13.5 M."""
    for size, prefix in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if number >= 0.9995 * size:
            return f"{number / size:.3g}{prefix}"
    return f"{number:.3g}"


def _share(row: Row, peak: float) -> str:
    """Of the peak in double precision; vectors hold twice as many numbers in single."""
    if row.operations is None:
        return ""
    peak = 2 * peak if "float32" in row.name else peak
    return f"{row.operations * max(row.rates.values()) / peak:.0%}"


def _or_blank(number: float | None, form: str, unit: str = "") -> str:
    return "" if number is None else f"{number:{form}}{unit}"


def ratios(rows: list[Row]) -> list[str]:
    """How many times slower the other rows are than the first, each at its best batch."""
    first = max(rows[0].rates.values())
    title = f"{rows[0].name} is faster, each at its best batch, by"
    return [title, ""] + [
        f"- {first / max(row.rates.values()):.3g}: {row.name}" for row in rows[1:]
    ]


def draw(rows: list[Row], title: str, path: Path) -> None:
    """Points a second against the size of the batch."""
    figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
    for k, row in enumerate(rows):
        style = "-" if row.compile_seconds is not None else "--"
        sizes = sorted(row.rates)
        axes.loglog(sizes, [row.rates[s] for s in sizes], style, marker="o", ms=3, label=row.name)
        axes.lines[-1].set_color(plt.get_cmap("tab20")(k % 20))
    axes.set(xlabel="designs in a batch", ylabel="designs per second")
    figure.suptitle(textwrap.fill(title, 105), fontsize=8)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=7, loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    figure.savefig(path, dpi=160)
    plt.close(figure)


def memory() -> str:
    """The most memory that the device held, if it tells."""
    used = (jax.devices()[0].memory_stats() or {}).get("peak_bytes_in_use")
    return f"Peak memory: {used / 2**30:.1f} GiB." if used else ""


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description="E_N, points a second, side by side.")
    sizes = [1, 1_000, 10_000, 100_000, 1_000_000]
    parser.add_argument("--points", type=int, nargs="+", default=sizes, help="sizes of the batch")
    parser.add_argument("--only", default="", help="rows whose name contains this")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--name", default=f"compare_{jax.default_backend()}", help="of the files")
    chosen = parser.parse_args()
    on_cpu = jax.default_backend() == "cpu"
    contenders = [c for c in library() + (others() if on_cpu else []) if chosen.only in c.name]
    peak, found = peak_operations(), measure(contenders, chosen.points)
    text = report(found, chosen.points, peak)
    if not on_cpu:
        text += f"\n{memory()} Largest difference from the CPU: {agreement():.1e}.\n"
    print(text)
    chosen.out.mkdir(parents=True, exist_ok=True)
    stem = chosen.out / chosen.name
    stem.with_suffix(".md").write_text(text)
    record = {"machine": machine(), "peak": peak, "rows": [row._asdict() for row in found]}
    stem.with_suffix(".json").write_text(json.dumps(record, indent=2) + "\n")
    draw(found, machine(), stem.with_suffix(".png"))


if __name__ == "__main__":
    main()
