"""Points a second of E_N, side by side in one run: this library and what people use instead.

    python benchmarks/compare.py [--points 20000] [--out benchmarks/results]

Every row goes from the parameters of the design to E_N of the driven mode and the mirror, with the
verdict on stability. Compilation is timed apart. The error is the largest against the 50-digit
reference states. The baselines are given the mean field for nothing, which flatters them.
"""

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import jax

jax.config.update("jax_enable_x64", True)

import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
import scipy.linalg  # noqa: E402

import jaxcom as jc  # noqa: E402

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))


class Row(NamedTuple):
    """One contender and how it did."""

    name: str
    points_per_second: float
    compile_seconds: float
    error: float


def designs(points: int) -> jc.SpinningResonator:
    """Random designs about the paper's: detuning, spin, backscattering and power vary."""
    draw = np.random.default_rng(0).random((4, points))
    return jc.SpinningResonator(
        detuning=(-1 + 5 * draw[0]) * 63e6,
        spin=30e3 * draw[1],
        backscattering=76e6 * draw[2],
        power=1e-3 + 19e-3 * draw[3],
    )


def numpy_kronecker(A: np.ndarray, D: np.ndarray) -> np.ndarray:
    """E_N of a batch: eigenvalues, then 36 unknowns by one batched LU."""
    stable = np.linalg.eigvals(A).real.max(axis=-1) < 0
    eye, n = np.eye(6), len(A)
    system = np.einsum("bij,kl->bikjl", A, eye) + np.einsum("ij,bkl->bikjl", eye, A)
    V = np.linalg.solve(system.reshape(n, 36, 36), -D.reshape(n, 36, 1)).reshape(n, 6, 6)
    return np.where(stable, plain_log_negativity(V), np.nan)


def scipy_loop(A: np.ndarray, D: np.ndarray) -> np.ndarray:
    """E_N one point after another, by Bartels-Stewart."""
    values = np.full(len(A), np.nan)
    for k in range(len(A)):
        if np.linalg.eigvals(A[k]).real.max() < 0:
            V = scipy.linalg.solve_continuous_lyapunov(A[k], -D[k])
            values[k] = plain_log_negativity(V)
    return values


def plain_log_negativity(V: np.ndarray) -> np.ndarray:
    """Eqs. (12)-(13) as printed."""
    keep = [0, 1, 4, 5]
    W = V[..., keep, :][..., keep]
    a, b, c = (np.linalg.det(W[..., i, j]) for i, j in _BLOCKS)
    sigma = a + b - 2 * c
    root = np.sqrt(np.maximum(sigma**2 - 4 * np.linalg.det(W), 0))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.maximum(0, -np.log(2 * np.sqrt((sigma - root) / 2)))


_BLOCKS = [(slice(0, 2), slice(0, 2)), (slice(2, 4), slice(2, 4)), (slice(0, 2), slice(2, 4))]


def seconds(function: Callable, *arguments, least: float = 1.0) -> float:
    """The best of a few runs, at least a second of them."""
    times: list[float] = []
    while sum(times) < least or len(times) < 3:
        start = time.perf_counter()
        jax.block_until_ready(function(*arguments))
        times.append(time.perf_counter() - start)
    return min(times)


def compiled(name: str, function: Callable, batch, reference, expected) -> Row:
    """A JAX contender."""
    start = time.perf_counter()
    program = jax.jit(function).lower(batch, jc.LEFT).compile()
    spent = time.perf_counter() - start
    error = worst(jax.jit(function)(*reference), expected)
    rate = batch.spin.size / seconds(program, batch, jc.LEFT)
    return Row(name, rate, spent, error)


def matrices(resonator, direction) -> tuple[np.ndarray, np.ndarray]:
    """Drift and diffusion of a batch, as NumPy arrays."""
    A = jc.drift(resonator, jc.mean_field(resonator, direction))
    return np.asarray(A), np.broadcast_to(jc.diffusion(resonator), A.shape)


def baseline(name: str, function: Callable, batch, reference, expected) -> Row:
    """A NumPy contender."""
    A, D = matrices(batch, jc.LEFT)
    error = worst(function(*matrices(*reference)), expected)
    return Row(name, len(A) / seconds(function, A, D), 0.0, error)


def worst(computed, expected) -> float:
    """The largest error; infinite where one says stable and the other not."""
    computed = np.asarray(computed)
    if not np.array_equal(np.isnan(computed), np.isnan(expected)):
        return float("inf")
    return float(np.nanmax(np.abs(computed - expected)))


def gradient(resonator, direction):
    """E_N and its derivatives by the four controls."""

    def value(spin, power, detuning, backscattering):
        changed = resonator.replace(
            spin=spin, power=power, detuning=detuning, backscattering=backscattering
        )
        return jc.entanglement(changed, direction, unclipped=True)

    r = resonator
    ones = jnp.ones(jnp.broadcast_shapes(*(jnp.shape(x) for x in jax.tree.leaves(r))))
    result, pull = jax.vjp(value, r.spin, r.power, r.detuning, r.backscattering)
    return result, pull(ones)


def rows(points: int) -> list[Row]:
    """All contenders on the same designs; the slow ones on fewer of them."""
    from reference_states import (  # pyright: ignore[reportMissingImports]
        DESIGNS,
        DIRECTIONS,
        branches,
    )

    reference, expected = (DESIGNS, DIRECTIONS), branches("log_negativity_driven")[0]

    def by_matrices(resonator, direction):
        return jc.steady_state(resonator, direction).log_negativity

    def valued_gradient(resonator, direction):
        return jnp.maximum(gradient(resonator, direction)[0], 0.0)

    many, some, few = designs(points), designs(max(points // 10, 100)), designs(200)
    value = compiled("jaxcom.entanglement", jc.entanglement, many, reference, expected)
    slope_error = compiled("", valued_gradient, few, reference, expected).error
    slope_program = jax.jit(gradient)
    start = time.perf_counter()
    jax.block_until_ready(slope_program(many, jc.LEFT))
    spent = time.perf_counter() - start
    slope_rate = points / seconds(slope_program, many, jc.LEFT)
    slopes = Row("... with 4 derivatives", slope_rate, spent, slope_error)
    states = compiled("jaxcom.steady_state (Kronecker)", by_matrices, some, reference, expected)
    batched = baseline("NumPy, batched Kronecker", numpy_kronecker, some, reference, expected)
    loop = baseline("SciPy, point by point", scipy_loop, few, reference, expected)
    return [value, slopes, states, batched, loop]


def report(found: list[Row], points: int) -> str:
    """The table, in Markdown."""
    slowest = found[-1].points_per_second
    lines = [
        f"{points} designs; {machine()}.",
        "",
        "| E_N of a design | points/s | times SciPy | compilation | largest error |",
        "|---|---|---|---|---|",
    ]
    for row in found:
        ratio = row.points_per_second / slowest
        lines.append(
            f"| {row.name} | {row.points_per_second:.3g} | {ratio:.3g} | "
            f"{row.compile_seconds:.1f} s | {row.error:.0e} |"
        )
    return "\n".join(lines) + "\n"


def machine() -> str:
    """What this ran on."""
    device = jax.devices()[0]
    return (
        f"{device.device_kind} ({platform.machine()}, {os.cpu_count()} cores), "
        f"jax {jax.__version__}, Python {platform.python_version()}, float64"
    )


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description="E_N, points a second, side by side.")
    parser.add_argument("--points", type=int, default=20_000)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results")
    chosen = parser.parse_args()
    found = rows(chosen.points)
    text = report(found, chosen.points)
    print(text)
    chosen.out.mkdir(parents=True, exist_ok=True)
    stem = f"compare_{jax.default_backend()}"
    (chosen.out / f"{stem}.md").write_text(text)
    record = {"machine": machine(), "points": chosen.points, "rows": [r._asdict() for r in found]}
    (chosen.out / f"{stem}.json").write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    main()
