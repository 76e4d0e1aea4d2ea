"""How often the truth lies within the errors that fits state: noisy data, fitted again and again.

`python benchmarks/fit_coverage.py` draws data of a known device with fresh noise, fits each set
from starts all over the box, and counts how often the confidence intervals, and the ellipsoid of
all fields together, hold the truth. It writes results/fit_coverage.md, .json and .png.
"""

import argparse
import json
import time
from pathlib import Path
from typing import NamedTuple

import jax

jax.config.update("jax_enable_x64", True)

import numpy as np  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from scipy import stats  # noqa: E402

import jaxcom as jc  # noqa: E402
from jaxcom.plot import new_figure  # noqa: E402
from optimize import Box, Log  # noqa: E402
from optimize.fit import Fit, FitStatus, Measurement, fit, quantities, simulate  # noqa: E402

RESULTS = Path(__file__).parent / "results"
OMEGA_M = 63e6
TRUTH = jc.SpinningResonator()
BOX = Box(
    spin=(0, 30e3), power=Log(5e-3, 50e-3), temperature=Log(0.01, 1.0),
    optical_quality=Log(1e7, 1e8),
)  # fmt: skip
LEVELS = (float(stats.chi2.cdf(1, 1)), 0.95)  # one standard error, and two
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "black")


class Trials(NamedTuple):
    """What many fits of noisy data of one device have stated.

    Attributes:
        names: of the fields.
        pulls: (estimate - truth) / standard error of each field; NaN unless the fit has converged.
        distances: squared distance of the truth from the estimate, in units of the covariance.
        p_values: of the fits.
        seconds: for all trials but the first, which is compiled.
    """

    names: tuple[str, ...]
    pulls: np.ndarray
    distances: np.ndarray
    p_values: np.ndarray
    seconds: float

    @property
    def confidences(self) -> dict[str, np.ndarray]:
        """The level from which on the interval of each trial holds the truth; all fields last."""
        each = stats.chi2.cdf(self.pulls**2, 1)
        joint = stats.chi2.cdf(self.distances, len(self.names))
        return dict(zip((*self.names, "all together"), (*each.T, joint), strict=True))


class Coverage(NamedTuple):
    """How often intervals of one level held the truth.

    Attributes:
        name: of the field, or all together.
        level: what was stated.
        held: how many of the trials.
        trials: how many there were; one that has not converged counts as not held.
        low: lower end of the 95 % confidence interval (Clopper-Pearson) of the share held.
        high: upper end.
        p_value: of the binomial test that the share is the level.
    """

    name: str
    level: float
    held: int
    trials: int
    low: float
    high: float
    p_value: float


def noisy_data(noise: np.random.Generator) -> list[Measurement]:
    """E_N for light from both sides, down to where it is 0, and photons; errors of some percent."""
    left, right = np.linspace(0.35, 1.3, 20) * OMEGA_M, np.linspace(1.15, 2.6, 20) * OMEGA_M
    return [
        simulate(TRUTH, left, 0.003, noise=noise),
        simulate(TRUTH, right, 0.003, direction=jc.RIGHT, noise=noise),
        simulate(TRUTH, left, 1e8, quantities.photons, noise=noise),
    ]


def run(trials: int, seed: int = 0) -> Trials:
    """Fit that many sets of noisy data, each from starts of its own."""
    draws = [np.random.default_rng([seed, k]) for k in range(trials)]
    first = fit(noisy_data(draws[0]), TRUTH, BOX, seed=seed)
    start = time.perf_counter()
    fits = [first] + [
        fit(noisy_data(draws[k]), TRUTH, BOX, seed=seed + k) for k in range(1, trials)
    ]
    seconds = time.perf_counter() - start
    pulls, distances = zip(*map(against_truth, fits), strict=True)
    p_values = np.array([found.p_value for found in fits])
    return Trials(BOX.names, np.array(pulls), np.array(distances), p_values, seconds)


def against_truth(found: Fit) -> tuple[np.ndarray, float]:
    """The pull of each field, and the squared distance of all; NaN unless converged."""
    if found.status is not FitStatus.CONVERGED:
        return np.full(len(BOX.names), np.nan), np.nan
    errors = np.array(list(found.standard_errors.values()))
    offsets = [found.estimates[name] - getattr(TRUTH, name) for name in BOX.names]
    pulls = np.array(offsets) / errors
    return pulls, float(pulls @ np.linalg.solve(found.correlation, pulls))


def coverage(trials: Trials) -> list[Coverage]:
    """How often the truth was held, of each field and of all together, at both levels."""
    rows = []
    for name, confidences in trials.confidences.items():
        for level in LEVELS:
            held, total = int((confidences <= level).sum()), len(confidences)
            test = stats.binomtest(held, total, level)
            low, high = test.proportion_ci(0.95)
            rows.append(Coverage(name, level, held, total, low, high, float(test.pvalue)))
    return rows


def report(trials: Trials, machine: str) -> str:
    """The tables of the results."""
    total = len(trials.distances)
    lines = [
        "# Do the errors of fits hold?", "",
        f"{total} sets of noisy data of one device, each fitted from starts all over the box: E_N "
        "for light from the left and from the right (20 points each, errors 0.003) and photons "
        f"(20 points, errors 1e8). Free: {', '.join(trials.names)}.", "",
        f"{machine}; {1e3 * trials.seconds / (total - 1):.0f} ms a fit.", "",
        "| field | stated | held the truth | share | 95 % interval of the share | p |",
        "|---|---|---|---|---|---|",
    ]  # fmt: skip
    for row in coverage(trials):
        lines.append(
            f"| {row.name} | {row.level:.2%} | {row.held} of {row.trials} "
            f"| {row.held / row.trials:.1%} | {row.low:.1%} to {row.high:.1%} | {row.p_value:.2f} |"
        )
    uniform = stats.kstest(trials.p_values, "uniform").pvalue
    lines += [
        "", "The interval is that of Clopper and Pearson; p is that of the binomial test.", "",
        f"Fits that converged: {np.isfinite(trials.distances).sum()} of {total}; one that does not "
        "counts as not held. That the p-values of the fits are evenly spread has p = "
        f"{uniform:.2f} (Kolmogorov-Smirnov).", "",
        "| field | mean of (estimate - truth) / error | its standard deviation |", "|---|---|---|",
    ]  # fmt: skip
    for name, pulls in zip(trials.names, trials.pulls.T, strict=True):
        pulls = pulls[np.isfinite(pulls)]
        lines.append(
            f"| {name} | {pulls.mean():+.3f} +- {1 / np.sqrt(pulls.size):.3f} "
            f"| {pulls.std(ddof=1):.3f} +- {1 / np.sqrt(2 * pulls.size):.3f} |"
        )
    return "\n".join([*lines, "", "![coverage](fit_coverage.png)", ""])


def coverage_figure(trials: Trials) -> Figure:
    """Share held against level stated, less the level; the band holds 95 % of true statements."""
    total, levels = len(trials.distances), np.linspace(0, 1, 501)
    figure = new_figure(7.0, 4.5)
    axes = figure.subplots()
    low, high = stats.binom.interval(0.95, total, levels[1:-1])
    band = [100 * (edge / total - levels[1:-1]) for edge in (low, high)]
    axes.fill_between(levels[1:-1], *band, color="0.88", label="95 % of such trials, if true")
    for (name, confidences), colour in zip(trials.confidences.items(), COLOURS, strict=True):
        shares = (confidences[:, None] <= levels).mean(axis=0)
        width = 2.0 if name == "all together" else 1.2
        label = name.replace("_", " ")
        axes.plot(levels, 100 * (shares - levels), color=colour, linewidth=width, label=label)
    for level in LEVELS:
        axes.axvline(level, color="0.4", linewidth=0.8, linestyle=":")
    axes.axhline(0.0, color="0.4", linewidth=0.8)
    axes.set_xlim(0, 1)
    axes.set_xlabel("level of confidence that is stated (dotted: one standard error, and 95 %)")
    axes.set_ylabel("share of trials that held the truth,\nless the level (percentage points)")
    axes.set_title(f"{total} fits of noisy data, each from starts all over the box")
    figure.legend(fontsize="small", ncols=3, loc="outside lower center")
    return figure


def main() -> None:
    """Fit, print, write."""
    from machine import machine

    parser = argparse.ArgumentParser(description="How often the errors of fits hold.")
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    ran_on = machine()  # before the results make the commit dirty
    trials = run(chosen.trials, chosen.seed)
    stem, text = RESULTS / "fit_coverage", report(trials, ran_on)
    print(text)
    stem.with_suffix(".md").write_text(text)
    rows = [row._asdict() for row in coverage(trials)]
    record = {"machine": ran_on, "seed": chosen.seed, "rows": rows}
    stem.with_suffix(".json").write_text(json.dumps(record, indent=2) + "\n")
    coverage_figure(trials).savefig(stem.with_suffix(".png"))


if __name__ == "__main__":
    main()
