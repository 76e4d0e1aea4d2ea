"""The fit: many designs are screened, the best are polished to the least chi2.

Stage one evaluates chi2 at Sobol points of the box, all in one kernel. Stage two hands the best of
them to a bounded least-squares solver with exact derivatives (SciPy's trust-region reflective
Gauss-Newton), in coordinates of the box. A design that has no steady state at a measured point is
excluded: the screening drops it, and the solver takes a step there back and tries a shorter one.
"""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float
from scipy.optimize import least_squares
from scipy.stats import qmc

from jaxcom import SpinningResonator

from ..box import Box
from .identifiability import Information, determined_axes
from .measurement import Measurement
from .model import Point, Problem, look, problem_of, screened
from .profile import known_at
from .result import Fit, FitStatus

NEAR = 1e-6  # of the side of the box: what ends so near a bound is tried on it
ROUNDING = 1e-12  # of chi2, where the solver stops
PULL = 1e-6  # of chi2: what a step beyond a bound must promise for the bound to count as active
STEP = 0.1  # of the standard deviation: how far around a minimum is looked for a lower point


def fit(
    measurements: Measurement | Sequence[Measurement],
    resonator: SpinningResonator,
    box: Box,
    *,
    starts: int = 4096,
    polish: int = 8,
    seed: int = 0,
) -> Fit:
    """The design that explains measurements best, with its errors: least squares.

    Minimises chi2 = sum ((model - value) / error)^2 over all points of all measurements. The
    standard errors are those of the Fisher information at the minimum, or, of fields that the
    slopes there lose, of their profile; the errors of the points are taken as they are, not
    rescaled by chi2. A field that ends on a bound, with the data pulling beyond it, is held there:
    it has no standard error, and those of the others take it as known.

    Args:
        measurements: one or several; of any quantities, for light from either side.
        resonator: gives all fields that the box does not free.
        box: which fields are free, and their bounds; any but the detuning.
        starts: number of Sobol points of the box at which chi2 is screened.
        polish: how many of the best to polish.
        seed: of the Sobol points; the same seed gives the same result.

    Returns:
        The fit: estimates, standard errors, covariance, null directions, chi2, status; prints as a
        table. Its status says so where no start has a steady state at every measured point: chi2
        and the errors are NaN then.

    Raises:
        RuntimeError: JAX is set to 32 bits.
        TypeError: the measurements are none.
        ValueError: there is no measurement, the box frees the detuning, or a number of starts or
            polished starts is below 1.

    >>> import jaxcom as jc
    >>> from optimize import Box
    >>> from optimize.fit import fit, simulate
    >>> device, noise = jc.SpinningResonator(), np.random.default_rng(0)
    >>> data = simulate(device, np.linspace(20e6, 60e6, 9), 0.002, noise=noise)
    >>> found = fit(data, device, Box(power=(5e-3, 50e-3)))
    >>> error = found.standard_errors["power"]
    >>> print(f"P = {found.design.power:.5f} +- {error:.5f} W, p = {found.p_value:.2f}")
    P = 0.02005 +- 0.00009 W, p = 0.89
    """
    _require_counts(starts=starts, polish=polish)
    problem = problem_of(measurements, resonator, box)
    units = _sobol(box, starts, seed)
    chi2, missing = (np.asarray(part) for part in screened(problem, jnp.asarray(units)))
    feasible = missing == 0
    best = np.argsort(np.where(feasible, chi2, np.inf))[: min(polish, feasible.sum())]
    minima = [_polished(problem, units[k]) for k in best]
    if minima:
        winner = min(minima, key=lambda minimum: minimum.chi2)
    else:
        winner = look(problem, units[np.argmin(missing)])
    return _described(problem, resonator, winner, minima, feasible, seed)


def _polished(problem: Problem, unit: Float[np.ndarray, " d"]) -> Point:
    """Minimum of chi2 below a start, on a bound if it ends within rounding of one."""
    inside = _descended(problem, unit)
    x = inside.unit
    on_bounds = look(problem, np.where(x < NEAR, 0.0, np.where(x > 1 - NEAR, 1.0, x)))
    return on_bounds if on_bounds.chi2 <= inside.chi2 * (1 + ROUNDING) else inside


def _descended(problem: Problem, unit: Float[np.ndarray, " d"]) -> Point:
    """Where the solver stops below a start: always inside the box, never quite on a bound."""
    here = look(problem, unit)

    def at(unit) -> Point:
        nonlocal here
        if not np.array_equal(unit, here.unit):
            here = look(problem, unit)
        return here

    slopes: Any = lambda unit: at(unit).jacobian  # noqa: E731
    solution = least_squares(
        lambda unit: at(unit).residuals, unit, jac=slopes,
        bounds=(0.0, 1.0), method="trf", x_scale="jac", ftol=1e-12, xtol=1e-12, gtol=1e-12,
        max_nfev=200,
    )  # fmt: skip
    return at(solution.x)


def _described(
    problem: Problem,
    start: SpinningResonator,
    best: Point,
    minima: list[Point],
    feasible: np.ndarray,
    seed: int,
) -> Fit:
    """All that is told of the best point."""
    box, design = problem.box, jax.tree.map(float, problem.design(jnp.asarray(best.unit)))
    held = _held(best)
    known = known_at(problem, best, held) if minima else _unknown(box)
    ends = np.cumsum([m.values.size for m in problem.measurements])[:-1]
    return Fit(
        design=design,
        status=_status(problem, best, held, known) if minima else FitStatus.NOTHING_FEASIBLE,
        information=known,
        chi2=best.chi2,
        residuals=tuple(np.split(best.residuals, ends)),
        active={
            name: "lower" if u == 0 else "upper"
            for name, u, fixed in zip(box.names, best.unit, held, strict=True)
            if fixed
        },
        start=start,
        box=jax.tree.map(float, box),
        measurements=jax.tree.map(np.asarray, problem.measurements),
        feasible=feasible,
        polished=np.array([minimum.chi2 for minimum in minima]),
        seed=seed,
    )


def _status(problem: Problem, best: Point, held, known: Information) -> FitStatus:
    if not _is_lowest(problem, best, held):
        return FitStatus.NOT_CONVERGED
    return FitStatus.NOT_IDENTIFIABLE if known.null_directions else FitStatus.CONVERGED


def _held(best: Point) -> np.ndarray:
    """Which fields lie on a bound and would lower chi2 beyond it, each moved alone."""
    slope = best.residuals @ best.jacobian
    outward = ((best.unit == 0) & (slope > 0)) | ((best.unit == 1) & (slope < 0))
    return outward & (slope**2 > PULL * (best.jacobian**2).sum(axis=0))


def _is_lowest(problem: Problem, best: Point, held) -> bool:
    """Is chi2 higher a tenth of a standard deviation away, along each axis both ways?

    Then it is least within a twentieth. Not asked of the slope: where the E_N of a point sets in,
    chi2 has a kink, and its minimum may lie on one.
    """
    free = determined_axes(best.jacobian[:, ~held])
    axes = np.zeros((len(free), best.unit.size))
    axes[:, ~held] = STEP * free
    around = np.clip(best.unit + np.concatenate([axes, -axes]), 0.0, 1.0)
    return all(look(problem, unit).chi2 >= best.chi2 for unit in around)


def _unknown(box: Box) -> Information:
    """Nothing is known of any field."""
    d = len(box.names)
    return Information(box.names, np.full((d, d), np.nan), (), 0)


def _sobol(box: Box, starts: int, seed: int) -> Float[np.ndarray, "starts d"]:
    """Scrambled Sobol points: the next power of two of them, cut to the number asked for."""
    sampler = qmc.Sobol(len(box.names), rng=seed)
    return sampler.random_base2((starts - 1).bit_length())[:starts]


def _require_counts(**counts: int) -> None:
    for name, count in counts.items():
        if count != int(count) or count < 1:
            raise ValueError(f"Argument `{name}` must be a whole number from 1, but is {count}.")
