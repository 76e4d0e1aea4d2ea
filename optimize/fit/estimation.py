r"""Least-squares fit: many designs are screened, and the best are polished.

The function minimized is

$$ \chi^2 = \sum_k \left(\frac{\mathrm{model}_k - \mathrm{value}_k}{\mathrm{error}_k}\right)^2. $$

Stage one evaluates chi2 at Sobol points of the box, all in one kernel. Stage two passes the best of
them to SciPy's bounded trust-region reflective solver, with exact derivatives, in coordinates of
the box. A design without a steady state at a measured point is excluded: the screening drops it,
and the solver rejects a step there and tries a shorter one.
"""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float
from scipy.optimize import least_squares

from jaxcom import SpinningResonator

from ..box import Box
from ..search.sampling import require_counts, sobol_points
from .identifiability import Information, determined_axes
from .measurement import Measurement
from .model import FitProblem, Linearization, evaluate, fit_problem, screened
from .profile import information_at
from .result import Fit, FitStatus

NEAR = 1e-6  # relative to a side of the box: a point this near a bound is tried on it
ROUNDING = 1e-12  # relative to chi2: where the solver stops
PULL = 1e-6  # of chi2: least decrease that a step beyond a bound must promise for it to be active
STEP = 0.1  # standard deviations: distance at which a lower chi2 is looked for around a minimum

Vector = Float[np.ndarray, " d"]
Mask = Bool[np.ndarray, " d"]


def fit(
    measurements: Measurement | Sequence[Measurement],
    resonator: SpinningResonator,
    box: Box,
    *,
    starts: int = 4096,
    polish: int = 8,
    seed: int = 0,
) -> Fit:
    """Least-squares fit of the free fields of a box to measurements.

    Standard errors follow from the Fisher information at the minimum or, for fields without a slope
    there, from their profile. The errors of the points are taken as they are, not rescaled by
    chi2. A field that ends on a bound while the data pull it beyond is held there: it has no
    standard error, and is taken as known for those of the other fields.

    Args:
        measurements: one or several measurements, of any quantities and directions.
        resonator: gives all fields that the box does not free.
        box: free fields and their bounds; any field but the detuning.
        starts: number of Sobol points of the box at which chi2 is screened.
        polish: number of the best points that are polished.
        seed: seed of the Sobol points; the same seed gives the same result.

    Returns:
        Fit with estimates, standard errors, covariance, null directions, chi2 and a status; prints
        as a table. If no start has a steady state at every measured point, its status is
        `NOTHING_FEASIBLE`, and chi2 and the errors are NaN.

    Raises:
        RuntimeError: JAX is set to 32 bits.
        TypeError: `measurements` holds something other than measurements.
        ValueError: `measurements` is empty or has fewer points than `box` has fields, `box` frees
            the detuning, or `starts` or `polish` is below 1.

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
    require_counts(starts=starts, polish=polish)
    problem = fit_problem(measurements, resonator, box)
    _require_enough_points(problem)
    units = sobol_points(len(box.names), starts, seed)
    chi2, missing = (np.asarray(part) for part in screened(problem, jnp.asarray(units)))
    feasible = missing == 0
    best = np.argsort(np.where(feasible, chi2, np.inf))[: min(polish, feasible.sum())]
    minima = [_polished(problem, units[k]) for k in best]
    if minima:
        winner = min(minima, key=lambda minimum: minimum.chi2)
    else:
        winner = evaluate(problem, units[np.argmin(missing)])
    return _fit_at(problem, resonator, winner, minima, feasible, seed)


def _require_enough_points(problem: FitProblem) -> None:
    points = sum(np.size(each.values) for each in problem.measurements)
    fields = problem.box.names
    if points < len(fields):
        raise ValueError(
            f"Argument `measurements` must have at least one point for each of the {len(fields)} "
            f"free fields ({', '.join(fields)}), but has {points}."
        )


def _polished(problem: FitProblem, unit: Vector) -> Linearization:
    """Minimum of chi2 near a start, on a bound if it ends within rounding of one."""
    inside = _solved(problem, unit)
    x = inside.unit
    on_bounds = evaluate(problem, np.where(x < NEAR, 0.0, np.where(x > 1 - NEAR, 1.0, x)))
    return on_bounds if on_bounds.chi2 <= inside.chi2 * (1 + ROUNDING) else inside


def _solved(problem: FitProblem, unit: Vector) -> Linearization:
    """Point at which the solver stops: inside the box, never exactly on a bound."""
    here = evaluate(problem, unit)

    def at(unit: Vector) -> Linearization:
        nonlocal here
        if not np.array_equal(unit, here.unit):
            here = evaluate(problem, unit)
        return here

    jacobian: Any = lambda unit: at(unit).jacobian  # noqa: E731
    solution = least_squares(
        lambda unit: at(unit).residuals, unit, jac=jacobian,
        bounds=(0.0, 1.0), method="trf", x_scale="jac", ftol=1e-12, xtol=1e-12, gtol=1e-12,
        max_nfev=200,
    )  # fmt: skip
    return at(solution.x)


def _fit_at(
    problem: FitProblem,
    start: SpinningResonator,
    best: Linearization,
    minima: list[Linearization],
    feasible: Bool[np.ndarray, " starts"],
    seed: int,
) -> Fit:
    """Fit with its best point and the information there."""
    box, design = problem.box, jax.tree.map(float, problem.design(jnp.asarray(best.unit)))
    held = _held(best)
    information = information_at(problem, best, held) if minima else _no_information(box)
    status = _status(problem, best, held, information) if minima else FitStatus.NOTHING_FEASIBLE
    ends = np.cumsum([m.values.size for m in problem.measurements])[:-1]
    return Fit(
        design=design,
        status=status,
        information=information,
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


def _status(
    problem: FitProblem, best: Linearization, held: Mask, information: Information
) -> FitStatus:
    if not _is_minimum(problem, best, held):
        return FitStatus.NOT_CONVERGED
    return FitStatus.NOT_IDENTIFIABLE if information.null_directions else FitStatus.CONVERGED


def _held(best: Linearization) -> Mask:
    """Whether each field lies on a bound beyond which it alone would lower chi2."""
    slope = best.residuals @ best.jacobian
    outward = ((best.unit == 0) & (slope > 0)) | ((best.unit == 1) & (slope < 0))
    return outward & (slope**2 > PULL * (best.jacobian**2).sum(axis=0))


def _is_minimum(problem: FitProblem, best: Linearization, held: Mask) -> bool:
    """Whether chi2 is higher a tenth of a standard deviation away, along each axis both ways.

    The minimum is then within a twentieth of a standard deviation. The slope is no criterion: chi2
    has a kink where the E_N of a point sets in, and its minimum may lie there.
    """
    free = determined_axes(best.jacobian[:, ~held])
    axes = np.zeros((len(free), best.unit.size))
    axes[:, ~held] = STEP * free
    around = np.clip(best.unit + np.concatenate([axes, -axes]), 0.0, 1.0)
    return all(evaluate(problem, unit).chi2 >= best.chi2 for unit in around)


def _no_information(box: Box) -> Information:
    """Information if no fit was possible: NaN for every field."""
    d = len(box.names)
    return Information(box.names, np.full((d, d), np.nan), (), 0)
