"""Repeated fits of noisy data of a known device: coverage of the stated errors."""

import time
from typing import NamedTuple

import numpy as np
from scipy import stats

import jaxcom as jc
from optimize import Box, Log
from optimize.fit import Fit, FitStatus, Measurement, fit, quantities, simulate

OMEGA_M = 63e6
TRUTH = jc.SpinningResonator()
BOX = Box(
    spin=(0, 30e3), power=Log(5e-3, 50e-3), temperature=Log(0.01, 1.0),
    optical_quality=Log(1e7, 1e8),
)  # fmt: skip
LEVELS = (float(stats.chi2.cdf(1, 1)), 0.95)  # one standard error, and two


class Trials(NamedTuple):
    """Results of many fits of noisy data of one device.

    Attributes:
        names: names of the fields.
        pulls: (estimate - truth) / standard error of each field; NaN unless the fit has converged.
        distances: squared distance of the truth from the estimate, in units of the covariance.
        p_values: p-values of the fits.
        seconds: time for all trials but the first, which includes compilation.
    """

    names: tuple[str, ...]
    pulls: np.ndarray
    distances: np.ndarray
    p_values: np.ndarray
    seconds: float

    @property
    def confidences(self) -> dict[str, np.ndarray]:
        """Lowest level at which the interval of each trial covers the truth; all fields last."""
        each = stats.chi2.cdf(self.pulls**2, 1)
        joint = stats.chi2.cdf(self.distances, len(self.names))
        return dict(zip((*self.names, "all together"), (*each.T, joint), strict=True))


class Coverage(NamedTuple):
    """Coverage of the intervals of one level.

    Attributes:
        name: name of the field, or "all together".
        level: stated level.
        held: number of trials whose interval covers the truth.
        trials: number of trials; one that has not converged counts as not covered.
        low: lower end of the 95 % confidence interval (Clopper-Pearson) of the coverage.
        high: upper end.
        p_value: p-value of the binomial test that the coverage is the level.
    """

    name: str
    level: float
    held: int
    trials: int
    low: float
    high: float
    p_value: float


def noisy_data(noise: np.random.Generator) -> list[Measurement]:
    """Data of E_N for both directions, up to where it is 0, and of photons: errors of a few %."""
    left, right = np.linspace(0.35, 1.3, 20) * OMEGA_M, np.linspace(1.15, 2.6, 20) * OMEGA_M
    return [
        simulate(TRUTH, left, 0.003, noise=noise),
        simulate(TRUTH, right, 0.003, direction=jc.RIGHT, noise=noise),
        simulate(TRUTH, left, 1e8, quantities.photons_driven, noise=noise),
    ]


def run(trials: int, seed: int = 0) -> Trials:
    """Fit a number of sets of noisy data, each from its own starts."""
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
    """Pull of each field, and the squared distance of all; NaN unless converged."""
    if found.status is not FitStatus.CONVERGED:
        return np.full(len(BOX.names), np.nan), np.nan
    errors = np.array(list(found.standard_errors.values()))
    offsets = [found.estimates[name] - getattr(TRUTH, name) for name in BOX.names]
    pulls = np.array(offsets) / errors
    return pulls, float(pulls @ np.linalg.solve(found.correlation, pulls))


def coverage(trials: Trials) -> list[Coverage]:
    """Coverage of each field and of all together, at both levels."""
    rows = []
    for name, confidences in trials.confidences.items():
        for level in LEVELS:
            held, total = int((confidences <= level).sum()), len(confidences)
            test = stats.binomtest(held, total, level)
            low, high = test.proportion_ci(0.95)
            rows.append(Coverage(name, level, held, total, low, high, float(test.pvalue)))
    return rows
