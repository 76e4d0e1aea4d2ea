"""What each function of `jaxcom.xla` gains over the plain line of `jax.numpy` that it stands for.

`python benchmarks/xla_tricks.py` compiles calls of the library with the function and with its plain
form in its place, times both in alternation, and writes results/xla_tricks_DEVICE.md. A ratio of
time below 1 says that the function no longer pays with this version of jax on this machine.
"""

import argparse
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import jax

jax.config.update("jax_enable_x64", True)

import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
from contenders import designs  # noqa: E402
from machine import machine  # noqa: E402
from paths import RESULTS  # noqa: E402
from references.plain_forms import PLAIN, without  # noqa: E402

import jaxcom as jc  # noqa: E402

Controls = dict[str, Any]


def value(controls: Controls):
    """E_N of a batch."""
    return jc.entanglement(jc.SpinningResonator(**controls), jc.LEFT)


def gradient(controls: Controls):
    """E_N of a batch and its derivatives by four controls."""
    found, pull = jax.vjp(value, controls)
    return found, pull(jnp.ones_like(found))


def strongest(controls: Controls):
    """Largest E_N of all branches."""
    return jc.strongest_entanglement(jc.SpinningResonator(**controls), jc.LEFT)


def nonreciprocity(controls: Controls):
    """E_N(left) - E_N(right)."""
    return jc.nonreciprocity(jc.SpinningResonator(**controls))


def covariance(controls: Controls):
    """Covariance matrices."""
    return jc.steady_state(jc.SpinningResonator(**controls), jc.LEFT).covariance


# The call that uses each function most.
CALLS: dict[str, Callable[[Controls], Any]] = {
    "in_memory": nonreciprocity,
    "in_memory_with_flag": strongest,
    "in_one_kernel": gradient,
    "reciprocal": value,
    "newton_reciprocal": gradient,
    "root_or_zero": gradient,
    "log": value,
    "cube_root_bound": value,
    "update_where": strongest,
    "elimination.solve": covariance,
}


class Row(NamedTuple):
    """A function, and what its plain form takes in units of what it takes."""

    name: str
    call: str
    time: float
    kernels: tuple[int, int]
    compilation: tuple[float, float]


def compiled(call: Callable[[Controls], Any], controls: Controls) -> tuple[Any, float]:
    """The compiled call, and the seconds it took to compile."""
    begin = time.perf_counter()
    program = jax.jit(call).lower(controls).compile()
    return program, time.perf_counter() - begin


def seconds(program: Any, controls: Controls) -> float:
    """Seconds of one run."""
    begin = time.perf_counter()
    jax.block_until_ready(program(controls))
    return time.perf_counter() - begin


def measured(name: str, points: int, rounds: int) -> Row:
    """Run both forms in alternation; the ratio is that of the shortest times."""
    call = CALLS[name]
    controls = {key: jnp.asarray(x) for key, x in designs(points).items()}
    jax.clear_caches()
    ours, our_compilation = compiled(call, controls)
    with without(name):
        plain, plain_compilation = compiled(call, controls)
    for program in (ours, plain):
        seconds(program, controls)
    pairs = np.array([[seconds(ours, controls), seconds(plain, controls)] for _ in range(rounds)])
    best = pairs.min(axis=0)
    kernels = tuple(program.as_text().count(" fusion(") for program in (ours, plain))
    return Row(
        name, call.__name__, best[1] / best[0], (kernels[0], kernels[1]),
        (our_compilation, plain_compilation),
    )  # fmt: skip


def table(rows: list[Row], points: int, ran_on: str) -> str:
    """The table of the results."""
    lines = [
        "# What the functions of jaxcom.xla gain", "",
        f"Time of a call on {points:,} designs with the plain form in the place of the function, "
        "over the time with the function; kernels and seconds of compilation with the function and "
        "with the plain form. Covariances are of a hundredth of the designs. elimination.solve is "
        "kept although it is slower than LAPACK here: batches of LAPACK calls can deadlock.", "",
        f"{ran_on}.", "",
        "| function | call | time, plain over ours | kernels | compilation |",
        "|---|---|---|---|---|",
    ]  # fmt: skip
    for row in rows:
        lines.append(
            f"| {row.name} | {row.call} | {row.time:.2f} | {row.kernels[0]}, {row.kernels[1]} "
            f"| {row.compilation[0]:.1f} s, {row.compilation[1]:.1f} s |"
        )
    return "\n".join([*lines, ""])


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*PLAIN, []], help="functions; by default all")
    parser.add_argument("--points", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=40)
    chosen = parser.parse_args()
    ran_on = machine()  # before the results make the commit dirty
    rows = []
    for name in chosen.names or PLAIN:
        points = chosen.points // 100 if name.startswith("elimination") else chosen.points
        rows.append(measured(name, points, chosen.rounds))
        print(rows[-1], flush=True)
    text = table(rows, chosen.points, ran_on)
    print(text)
    if not chosen.names:
        (RESULTS / f"xla_tricks_{jax.default_backend()}.md").write_text(text)


if __name__ == "__main__":
    main()
