"""From a question to its answer: seconds that a user waits, compilation included.

`python benchmarks/waits.py` writes results/waits_DEVICE.md and .json. Commands run in processes of
their own, first with an empty cache of compiled programs, then with the filled one. Searches follow
one another in one process. The last rows count how many of 20 seeds find the optimum at the edge of
a fold, and how many of 60 problems end converged and not below the best point of a differential
evolution.
"""

import argparse
import itertools
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jax

jax.config.update("jax_enable_x64", True)

import numpy as np  # noqa: E402
from machine import machine  # noqa: E402
from paths import RESULTS  # noqa: E402

import jaxcom as jc  # noqa: E402
from optimize import Box, SearchStatus, constraints, maximize, objectives  # noqa: E402
from optimize.continuation import trace  # noqa: E402
from optimize.maximize import build_problem  # noqa: E402
from optimize.results.crosscheck import evolve  # noqa: E402

DEVICE = jc.SpinningResonator()
OMEGA_M, KAPPA = 63e6, float(DEVICE.kappa)
BOUNDS = {"spin": (0, 30e3), "power": (1e-3, 20e-3), "detuning": (-OMEGA_M, 4 * OMEGA_M)}
STRONG = BOUNDS | {"power": (1e-3, 100e-3)}
MARGINS = (0.1, 0.01, 1e-3, 1e-4, 1e-6)  # in omega_m
EDGE = 0.387987372  # optimum at P <= 100 mW, J = kappa and a margin of 0.01 omega_m
SEARCH = ("optimize", "--spin", "0..30e3", "--power", "1e-3..20e-3", "--detuning", "-1..4*omega_m")
COMMANDS = {
    "jaxcom point": ("point", "--detuning", "0.4*omega_m"),
    "jaxcom optimize": SEARCH,
    "jaxcom optimize tolerances": ("optimize", "tolerances"),
}


class Row(NamedTuple):
    """Row of the table."""

    question: str
    answer: str


def timed(function: Callable[..., Any], *arguments: Any, **options: Any) -> tuple[float, Any]:
    """Seconds that a call takes, and its result."""
    begun = time.perf_counter()
    result = function(*arguments, **options)
    return time.perf_counter() - begun, result


def commands() -> Iterator[Row]:
    """Rows of the commands: first time and later, from the start of the process to the files."""
    program = Path(sys.executable).with_name("jaxcom")
    for name, arguments in COMMANDS.items():
        folder = Path(tempfile.mkdtemp())
        out = () if arguments[0] == "point" else ("--out", folder / "out", "--overwrite", "--quiet")
        line = [program, *arguments, *out, "--cache", folder / "cache"]
        run = {"check": True, "capture_output": True}
        first, later = (timed(subprocess.run, line, **run)[0] for _ in range(2))
        shutil.rmtree(folder)
        yield Row(f"`{name}`, first time / later", f"{first:.1f} s / {later:.1f} s")


def searches() -> Iterator[Row]:
    """Rows of searches that follow one another in a process."""
    device = DEVICE.replace(backscattering=10e6)
    warmer = BOUNDS | {"temperature": (0.01, 1.0)}
    limits = [constraints.AtMost("power", 15e-3), constraints.BelowSpinLimit(share=0.3)]
    cases: dict[str, tuple] = {
        "first `maximize` of a process, nothing cached": (objectives.abs_nonreciprocity, BOUNDS),
        "next `maximize`: same problem": (objectives.abs_nonreciprocity, BOUNDS),
        "next `maximize`: another box": (objectives.abs_nonreciprocity, warmer),
        "next `maximize`: another objective": (objectives.OneWay("left"), BOUNDS),
        "next `maximize`: with constraints": (objectives.Preference("right"), BOUNDS, limits),
    }
    for name, (objective, bounds, *held) in cases.items():
        options = {"constraints": held[0] if held else (), "progress": False}
        seconds, _ = timed(maximize, objective, device, Box(**bounds), **options)
        yield Row(name, f"{seconds:.1f} s")


def edge(seeds: int = 20) -> Row:
    """Row of the optimum at the edge of a fold."""
    device, box = DEVICE.replace(backscattering=KAPPA), Box(**STRONG)

    def search(seed: int):
        return maximize(
            objectives.abs_nonreciprocity, device, box, margin=0.01 * OMEGA_M, seed=seed,
            progress=False,
        )  # fmt: skip

    search(seeds)  # compiles
    runs = [timed(search, seed) for seed in range(seeds)]
    found = sum(abs(best.value - EDGE) < 1e-9 for _, best in runs)
    converged = sum(best.status is SearchStatus.CONVERGED for _, best in runs)
    seconds = np.median([seconds for seconds, _ in runs])
    return Row(
        "P <= 100 mW, J = kappa, margin 0.01 omega_m",
        f"{EDGE} within 1e-9 for {found} of {seeds} seeds, {converged} converged, {seconds:.1f} s",
    )


def sixty() -> Row:
    """Row of 60 problems against differential evolution."""
    gaps, converged, seconds = [], 0, []
    grid = itertools.product(MARGINS, (0.0, 1.0, 3.0), ("left", "right"), (0.1, 0.3))
    for margin, J, wanted, power in grid:
        took, best = timed(
            maximize,
            objectives.Preference(wanted),
            DEVICE.replace(backscattering=J * KAPPA),
            Box(**BOUNDS | {"power": (1e-3, power)}),
            margin=margin * OMEGA_M,
            progress=False,
        )
        gaps.append(evolve(best, population=20, generations=200).gap)
        converged += best.status is SearchStatus.CONVERGED
        seconds.append(took)
        print(margin, J, wanted, power, best.value, best.status.name, gaps[-1], took, flush=True)
    return Row(
        "60 problems: margin 1e-6 to 0.1 omega_m, P to 0.3 W, J to 3 kappa, both directions",
        f"{converged} converged; lowest above differential evolution by {min(gaps):.1e}; "
        f"{np.median(seconds):.1f} s each (median)",
    )


def path() -> Row:
    """Row of a path over three decades of temperature."""
    omega_m = 2 * np.pi * 20e6
    device = jc.SpinningResonator(
        refractive_index=1.75, radius=0.5e-3, wavelength=1.064e-6, optical_quality=1e8,
        omega_m=omega_m, gamma_m=2 * np.pi * 200, mass=1e-9, temperature=4.0,
    )  # fmt: skip
    device = device.replace(backscattering=0.3 * float(device.kappa))
    box = Box(spin=(0, 30e3), power=(1e-4, 20e-3), detuning=(-4 * omega_m, 6 * omega_m))
    problem = build_problem(objectives.abs_nonreciprocity, device, box)
    seconds, found = timed(trace, problem, "temperature", [0.01, 10.0])
    answer = f"{found.status.advice}, {len(found.points)} points, {seconds:.1f} s"
    return Row("`trace` over T = 0.01 to 10 K", answer)


def main() -> None:
    """Measure all rows and write the table."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    rows = [*commands(), *searches(), path(), edge(), sixty()]
    lines = ["# From a question to its answer", "", f"{machine()}.", "", "| | |", "|---|---|"]
    lines += [f"| {row.question} | {row.answer} |" for row in rows]
    name = f"waits_{jax.default_backend()}"
    (RESULTS / f"{name}.md").write_text("\n".join(lines) + "\n")
    (RESULTS / f"{name}.json").write_text(json.dumps([row._asdict() for row in rows], indent=1))
    print("\n".join(lines))


if __name__ == "__main__":
    main()
