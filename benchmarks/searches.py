"""Comparison of searches: `optimize.maximize`, differential evolution and multi-start L-BFGS-B.

`python benchmarks/searches.py` maximizes |Delta E_N| with 3, 4, 6 and 9 free fields, 20 seeds each,
and writes results/searches_DEVICE.md and .json. All three evaluate the same compiled fast path, the
population of differential evolution in one call. L-BFGS-B climbs the score, which has slopes where
E_N is 0, and, as `clipped`, E_N itself. Compilation is excluded from the times.
"""

import argparse
import json
import time
from collections.abc import Callable
from typing import NamedTuple

import jax

jax.config.update("jax_enable_x64", True)

import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
from machine import machine  # noqa: E402
from paths import RESULTS  # noqa: E402
from scipy.optimize import differential_evolution, minimize  # noqa: E402

import jaxcom as jc  # noqa: E402
from optimize import Box, Log, objectives  # noqa: E402
from optimize.maximize import build_problem  # noqa: E402
from optimize.operating_point import LowestBranch  # noqa: E402
from optimize.results.crosscheck import rank_points  # noqa: E402
from optimize.search.checkpoint import Checkpoint  # noqa: E402
from optimize.search.polish import Polished  # noqa: E402
from optimize.search.problem import Problem  # noqa: E402
from optimize.search.search import SCREENED, SearchOptions, search  # noqa: E402

DEVICE = jc.SpinningResonator(backscattering=10e6)
NEAR = 1e-4  # relative distance from the best known value within which it counts as found
STARTS = 30  # starts of L-BFGS-B
FIELDS = {
    "spin": (0.0, 30e3),
    "power": (1e-3, 20e-3),
    "detuning": (-63e6, 252e6),
    "backscattering": (0.0, 76e6),
    "optical_quality": Log(1e7, 1e8),
    "radius": (0.5e-3, 1.1e-3),
    "mass": (5e-12, 20e-12),
    "temperature": (0.05, 0.3),
    "gamma_m": (3e3, 1e4),
}


class Run(NamedTuple):
    """Progress of one search.

    Attributes:
        evaluations: evaluations of the objective at each record; a gradient counts as one more.
        seconds: time since the start at each record.
        values: best value at each record.
        reached: share of starts that ended near the best value; NaN without starts.
    """

    evaluations: list[int]
    seconds: list[float]
    values: list[float]
    reached: float

    def to(self, value: float) -> tuple[float, float]:
        """Evaluations and seconds until a value is reached; infinite if it is not."""
        for n, s, v in zip(self.evaluations, self.seconds, self.values, strict=True):
            if v >= value:
                return n, s
        return float("inf"), float("inf")


class Watch(Checkpoint):
    """Recorder of the best value, which acts as the checkpoint and the callback of a search."""

    def __init__(self):
        super().__init__("unused")
        self.begun, self.polishing, self.climbing = time.perf_counter(), 0, SCREENED
        self.run = Run([], [], [], float("nan"))

    def load(self, fingerprint):
        """Empty list: every run starts from scratch."""
        return []

    def save(self, state, fingerprint, *, at_once=False):
        """Record the progress of a climb, whose steps take two values and two gradients each."""
        steps = sum(len(scores) * scores.shape[1] for _, scores in state)
        self.climbing = (len(state) + 1) * SCREENED + 4 * steps
        best = max(float(climbers.best_rank.feasible_score.max()) for climbers, _ in state)
        self.note(self.climbing + self.polishing, best)

    def on_polished(self, polished: Polished) -> None:
        """Record a polished point."""
        self.polishing += 2 * polished.evaluations
        value = polished.score if polished.feasible else -np.inf
        self.note(self.climbing + self.polishing, value)

    def note(self, evaluations: int, value: float) -> None:
        """Append a record."""
        self.run.evaluations.append(evaluations)
        self.run.seconds.append(time.perf_counter() - self.begun)
        self.run.values.append(max([value, *self.run.values[-1:]]))


def by_maximize(problem: Problem, seed: int) -> Run:
    """Progress of the search of this project."""
    watch = Watch()
    options = SearchOptions(seed=seed, progress=False)
    found = search(problem, options, checkpoint=watch, callback=watch.on_polished)
    return watch.run._replace(reached=float(found.history.reached.mean()))


def by_evolution(problem: Problem, seed: int) -> Run:
    """Progress of differential evolution: 15 members per field, tolerance 1e-8."""
    watch, seen = Watch(), [0, -np.inf]

    def loss(units):
        ranks = rank_points(problem, jnp.asarray(units.T))
        scores = np.asarray(ranks.feasible_score)
        seen[0] += len(scores)
        if scores.max() > seen[1]:
            seen[1] = float(scores.max())
            watch.note(*seen)
        return np.asarray(ranks.loss)

    d = len(problem.box.names)
    differential_evolution(
        loss, [(0.0, 1.0)] * d, vectorized=True, updating="deferred", popsize=15, maxiter=2000,
        tol=1e-8, rng=seed, polish=False,
    )  # fmt: skip
    return watch.run


def by_l_bfgs_b(problem: Problem, seed: int, *, clipped: bool = False) -> Run:
    """Progress of L-BFGS-B from random starts, with a constant loss where unstable."""
    watch, best, calls, ends = Watch(), [-np.inf], [0], []
    slope = _value_and_slope(problem, clipped)

    def loss(unit):
        value, uphill = slope(unit)
        calls[0] += 2
        if value > best[0]:
            best[0] = value
            watch.note(calls[0], value)
        return (-value, -uphill) if np.isfinite(value) else (1e3, 0 * unit)

    rng = np.random.default_rng(seed)
    for start in rng.random((STARTS, len(problem.box.names))):
        found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0, 1)] * start.size)
        ends.append(-found.fun)
    near = np.array(ends) >= best[0] * (1 - 0.01)
    return watch.run._replace(reached=float(near.mean()))


def _value_and_slope(problem: Problem, clipped: bool) -> Callable:
    compiled = _COMPILED.setdefault(clipped, jax.jit(jax.value_and_grad(
        lambda unit, problem: _height(problem, unit, clipped)
    )))  # fmt: skip

    def at(unit):
        value, slope = compiled(jnp.asarray(unit), problem)
        return float(value), np.asarray(slope)

    return at


_COMPILED: dict[bool, Callable] = {}


def _height(problem: Problem, unit, clipped: bool):
    """Objective or score where every direction keeps the margin, otherwise NaN."""
    design = problem.design(unit)
    height = problem.objective(design) if clipped else problem.objective.score(design)
    margins = problem.objective.margins_at(LowestBranch(design))
    kept = jnp.min(margins) >= problem.margin / design.omega_m
    return height * jnp.where(kept, 1.0, jnp.nan)


SEARCHES: dict[str, Callable[[Problem, int], Run]] = {
    "maximize": by_maximize,
    "differential evolution": by_evolution,
    "L-BFGS-B": by_l_bfgs_b,
    "L-BFGS-B, clipped": lambda problem, seed: by_l_bfgs_b(problem, seed, clipped=True),
}


def compared(count: int, seeds: int) -> list[dict]:
    """Table rows of all searches with the first `count` fields free."""
    box = Box(**dict(list(FIELDS.items())[:count]))
    problem = build_problem(objectives.abs_nonreciprocity, DEVICE, box)
    runs = {}
    for name, run in SEARCHES.items():
        begun = time.perf_counter()
        run(problem, seeds)  # compiles
        print(f"{count} fields, {name}: first run {time.perf_counter() - begun:.0f} s", flush=True)
        runs[name] = [run(problem, seed) for seed in range(seeds)]
    known = max(each.values[-1] for found in runs.values() for each in found)
    return [_row(count, name, found, known) for name, found in runs.items()]


def _row(count: int, name: str, runs: list[Run], known: float) -> dict:
    ends = np.array([each.values[-1] for each in runs])
    reached = [each.to(known * (1 - NEAR)) for each in runs]
    return {
        "fields": count,
        "search": name,
        "best_known": known,
        "found": int((ends >= known * (1 - NEAR)).sum()),
        "seeds": len(runs),
        "worst": float(ends.min()),
        "worst_gap": float(known - ends.min()),
        "evaluations": float(np.median([n for n, _ in reached])),
        "seconds": float(np.median([s for _, s in reached])),
        "total_seconds": float(np.median([each.seconds[-1] for each in runs])),
        "starts_reached": float(np.mean([each.reached for each in runs])),
    }


HEAD = (
    "| free fields | search | seeds that found it | worst of all seeds | evaluations | seconds "
    "| seconds in all | starts that reached it |\n|---|---|---|---|---|---|---|---|"
)


def report(rows: list[dict]) -> str:
    """Markdown report with the table."""
    lines = [
        "# Comparison of searches",
        "",
        f"{machine()}.",
        "",
        *(__doc__ or "").split("\n\n")[1:],
        HEAD,
    ]
    for row in rows:
        cells = [
            row["fields"],
            row["search"],
            f"{row['found']} of {row['seeds']}",
            f"{row['worst']:.7f} of {row['best_known']:.7f}",
            _or_never(row["evaluations"], ".0f"),
            _or_never(row["seconds"], ".2f"),
            f"{row['total_seconds']:.2f}",
            "" if np.isnan(row["starts_reached"]) else f"{row['starts_reached']:.0%}",
        ]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    lines += [
        "",
        f"Found: within a relative distance of {NEAR:g} from the best value of all searches and "
        "seeds. Evaluations and seconds: medians until then; a gradient counts as one more "
        "evaluation. Seconds in all: until the search ends by itself.",
        "",
    ]
    return "\n".join(lines)


def _or_never(number: float, form: str) -> str:
    return f"{number:{form}}" if np.isfinite(number) else "never"


def main() -> None:
    """Run the comparison and write its report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--fields", type=int, nargs="*", default=[3, 4, 6, 9])
    chosen = parser.parse_args()
    machine()  # before the results change the working tree
    rows = [row for count in chosen.fields for row in compared(count, chosen.seeds)]
    text = report(rows)
    print(text)
    RESULTS.joinpath(f"searches_{jax.default_backend()}.md").write_text(text)
    RESULTS.joinpath(f"searches_{jax.default_backend()}.json").write_text(
        json.dumps(rows, indent=1) + "\n"
    )


if __name__ == "__main__":
    main()
