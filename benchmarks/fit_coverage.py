"""Coverage of the stated errors of fits: repeated fits of noisy data.

`python benchmarks/fit_coverage.py` draws data of a known device with fresh noise, fits each set
from starts in the whole box, and counts how often the confidence intervals, and the ellipsoid of
all fields together, cover the truth. It writes results/fit_coverage.md, .json and .png.
"""

import argparse
import json

import jax

jax.config.update("jax_enable_x64", True)

import numpy as np  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from paths import RESULTS  # noqa: E402
from references.fit_trials import LEVELS, Trials, coverage, run  # noqa: E402
from scipy import stats  # noqa: E402

from jaxcom.plot import new_figure  # noqa: E402

COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "black")


def report(trials: Trials, machine: str) -> str:
    """Report of the results in Markdown."""
    total = len(trials.distances)
    lines = [
        "# Coverage of the stated errors of fits", "",
        f"{total} sets of noisy data of one device, each fitted from starts in the whole box: E_N "
        "for light from the left and from the right (20 points each, errors 0.003) and photons "
        f"(20 points, errors 1e8). Free: {', '.join(trials.names)}.", "",
        f"{machine}; {1e3 * trials.seconds / (total - 1):.0f} ms a fit.", "",
        "| field | stated level | covered | coverage | 95 % interval of the coverage | p |",
        "|---|---|---|---|---|---|",
    ]  # fmt: skip
    for row in coverage(trials):
        lines.append(
            f"| {row.name} | {row.level:.2%} | {row.held} of {row.trials} "
            f"| {row.held / row.trials:.1%} | {row.low:.1%} to {row.high:.1%} | {row.p_value:.2f} |"
        )
    uniform = stats.kstest(trials.p_values, "uniform").pvalue
    lines += [
        "", "Intervals by Clopper and Pearson; p by the binomial test.", "",
        f"Fits that converged: {np.isfinite(trials.distances).sum()} of {total}; one that does not "
        "counts as not covering the truth. The p-values of the fits are uniform with p = "
        f"{uniform:.2f} (Kolmogorov-Smirnov).", "",
        "| field | mean of (estimate - truth) / error | standard deviation |", "|---|---|---|",
    ]  # fmt: skip
    for name, pulls in zip(trials.names, trials.pulls.T, strict=True):
        pulls = pulls[np.isfinite(pulls)]
        lines.append(
            f"| {name} | {pulls.mean():+.3f} +- {1 / np.sqrt(pulls.size):.3f} "
            f"| {pulls.std(ddof=1):.3f} +- {1 / np.sqrt(2 * pulls.size):.3f} |"
        )
    return "\n".join([*lines, "", "![coverage](fit_coverage.png)", ""])


def coverage_figure(trials: Trials) -> Figure:
    """Figure of the coverage minus the stated level; the band holds 95 % of correct results."""
    total, levels = len(trials.distances), np.linspace(0, 1, 501)
    figure = new_figure(7.0, 4.5)
    axes = figure.subplots()
    low, high = stats.binom.interval(0.95, total, levels[1:-1])
    band = [100 * (edge / total - levels[1:-1]) for edge in (low, high)]
    axes.fill_between(levels[1:-1], *band, color="0.88", label="95 % of such trials, if correct")
    for (name, confidences), color in zip(trials.confidences.items(), COLORS, strict=True):
        shares = (confidences[:, None] <= levels).mean(axis=0)
        width = 2.0 if name == "all together" else 1.2
        label = name.replace("_", " ")
        axes.plot(levels, 100 * (shares - levels), color=color, linewidth=width, label=label)
    for level in LEVELS:
        axes.axvline(level, color="0.4", linewidth=0.8, linestyle=":")
    axes.axhline(0.0, color="0.4", linewidth=0.8)
    axes.set_xlim(0, 1)
    axes.set_xlabel("stated confidence level (dotted: one standard error, and 95 %)")
    axes.set_ylabel("share of intervals that cover the truth,\nminus the level (percentage points)")
    axes.set_title(f"{total} fits of noisy data, each from starts in the whole box")
    figure.legend(fontsize="small", ncols=3, loc="outside lower center")
    return figure


def main() -> None:
    """Run the trials, print the report and write it."""
    from machine import machine

    parser = argparse.ArgumentParser(description="Coverage of the stated errors of fits.")
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    ran_on = machine()  # before the results change the working tree
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
