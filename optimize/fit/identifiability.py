r"""Identifiability: uncertainties of the free fields, and directions that the data do not fix.

With J the derivatives of the residuals (model - value) / error by the coordinates of the box, the
Fisher information is F = J^T J and the estimates have the covariance F^-1 (Gauss-Newton; exact for
a linear model with Gaussian errors). The singular values s of J belong to axes along which the
estimate has the standard deviation 1/s, in sides of the box. Where that exceeds 1, the data say
less than the box: a null direction. It is described by the changes of the fields that would not be
noticed.

All of this is linear, around one design. How far a field of a null direction may really move is
found in `optimize.fit.profile`.
"""

import math
from collections.abc import Callable

import equinox as eqx
import numpy as np
import scipy.linalg
from jaxtyping import Bool, Float

from jaxcom import SpinningResonator
from jaxcom.resonator import PARAMETERS
from jaxcom.support.tables import table

from ..box import Box

ROUNDING = 1e-10  # relative to the largest singular value: derivatives are exact to 1e-12 or better
INVISIBLE = 1e-6  # of an error: a smaller change from one side of the box to the other is none

Matrix = Float[np.ndarray, "n d"]
Vector = Float[np.ndarray, " d"]


class NullDirection(eqx.Module):
    """Change of the design that the measurements do not determine.

    Attributes:
        changes: change of each field that takes part: relative, the largest being +1 %; for a field
            whose value is 0 in SI units.
        relative: names of the fields whose change is relative.
        deviation: standard deviation along the direction, in sides of the box; inf where the change
            has no effect, to rounding.
    """

    changes: dict[str, float]
    relative: frozenset[str]
    deviation: float

    def __str__(self) -> str:
        steps = ", ".join(map(self._step, self.changes))
        if math.isinf(self.deviation):
            return f"{steps}: nothing changes"
        return f"{steps}: lost in the errors (standard deviation {self.deviation:.3g} x the box)"

    def _step(self, name: str) -> str:
        change = self.changes[name]
        verb = "raise" if change > 0 else "lower"
        if name in self.relative:
            return f"{verb} {name} by {100 * abs(change):.3g} %"
        return f"{verb} {name} by {abs(change):.3g} {PARAMETERS[name].unit}".rstrip()


class Information(eqx.Module):
    """Information of measurements on the free fields, near one design; prints as a table.

    Attributes:
        names: free fields, in the order of the covariance.
        covariance: covariance of the estimates, in SI units, shape (d, d). A field that a null
            direction moves by more than its error has the variance of its profile, or inf, and
            covariances of NaN. A field that is held has NaN only.
        null_directions: changes of the design that the measurements do not determine.
        rank: number of combinations of fields that they determine.
    """

    names: tuple[str, ...]
    covariance: Float[np.ndarray, "d d"]
    null_directions: tuple[NullDirection, ...]
    rank: int

    @property
    def standard_errors(self) -> dict[str, float]:
        """Standard error of each field, in SI units."""
        return dict(zip(self.names, np.sqrt(np.diag(self.covariance)).tolist(), strict=True))

    @property
    def correlation(self) -> Float[np.ndarray, "d d"]:
        """Correlation matrix of the estimates; NaN where a standard error is not finite."""
        errors = np.sqrt(np.diag(self.covariance))
        with np.errstate(invalid="ignore"):
            return self.covariance / np.outer(errors, errors)

    @property
    def notes(self) -> list[str]:
        """Null directions as text, a line each."""
        return [f"Null direction: {direction}" for direction in self.null_directions]

    def __str__(self) -> str:
        rows = [(n, error, PARAMETERS[n].unit) for n, error in self.standard_errors.items()]
        known = table("Information on the free fields", [rows], ("", "standard error", "unit"))
        return "\n".join([known, *self.notes])


def information(
    jacobian: Matrix,
    box: Box,
    unit: Vector,
    design: SpinningResonator,
    free: Bool[np.ndarray, " d"] | None = None,
    deviation: Callable[[int], float] = lambda field: math.inf,
) -> Information:
    """Information on the free fields, from the derivatives of the residuals.

    Args:
        jacobian: derivatives of the residuals (model - value) / error by the coordinates of the
            box, shape (n, d).
        box: free fields and their bounds.
        unit: coordinates of the design, shape (d,).
        design: resonator at these coordinates.
        free: whether each field is unknown; by default all are.
        deviation: function that returns the standard deviation, in SI units, of a field without
            information in the slopes; inf where it is not determined at all.
    """
    free = np.ones(len(box.names), bool) if free is None else free
    slopes = box.derivatives(unit)
    covariance = np.full((free.size, free.size), np.nan)
    covariance[np.ix_(free, free)], null = _linear(jacobian[:, free])
    covariance *= np.outer(slopes, slopes)
    for field in np.flatnonzero(np.isinf(np.diag(covariance))):
        covariance[field, field] = deviation(int(field)) ** 2
    steps = np.zeros((len(null), free.size))
    steps[:, free] = null
    lost = np.isinf(np.diag(covariance))
    steps = steps[(steps[:, lost] != 0).any(axis=1)]
    directions = [
        _null_direction(box, step * slopes, design, _deviation(jacobian, step)) for step in steps
    ]
    rank = int(free.sum()) - len(steps)
    return Information(box.names, covariance, tuple(directions), rank)


def determined_axes(jacobian: Matrix) -> Float[np.ndarray, "k d"]:
    """Axes of the error ellipsoid, each as long as its standard deviation, without null axes.

    >>> np.abs(determined_axes(np.array([[2.0, 0.0], [0.0, 0.1]])))
    array([[0.5, 0. ]])
    """
    deviations, axes = _decomposed(jacobian)
    known = np.isfinite(deviations)
    return axes[known] * deviations[known, None]


def _decomposed(J: Matrix) -> tuple[Vector, Float[np.ndarray, "d d"]]:
    """Standard deviations along the axes, inf for null ones, and the axes as orthonormal rows."""
    _, s, axes = np.linalg.svd(np.linalg.qr(J, mode="r"))
    s = np.pad(s, (0, len(axes) - len(s)))
    known = s > max(1.0, ROUNDING * s.max(initial=0.0))
    return np.divide(1.0, s, where=known, out=np.full(s.shape, math.inf)), axes


def _linear(J: Matrix) -> tuple[Float[np.ndarray, "d d"], Float[np.ndarray, "k d"]]:
    """Covariance in coordinates of the box, inf for fields of a null direction; null directions."""
    deviations, axes = _decomposed(J)
    finite = np.isfinite(deviations)
    known, null = axes[finite] * deviations[finite, None], axes[~finite]
    error, share = np.linalg.norm(known, axis=0), np.linalg.norm(null, axis=0)
    lost = share > np.maximum(error, ROUNDING)
    covariance = known.T @ known + null.T @ null
    covariance[lost, :] = covariance[:, lost] = np.nan
    covariance[lost, lost] = np.inf
    return covariance, _sparse(null)


def _deviation(J: Matrix, step: Vector) -> float:
    """Standard deviation along a direction, in sides of the box."""
    length, effect = np.linalg.norm(step), np.linalg.norm(J @ step)
    least = max(INVISIBLE, ROUNDING * np.linalg.norm(J)) * length
    return float(length / effect) if effect > least else math.inf


def _sparse(null: Float[np.ndarray, "k d"]) -> Float[np.ndarray, "k d"]:
    """Sparse basis of a null space: each direction has a field that no other has."""
    if not len(null):
        return null
    *_, order = scipy.linalg.qr(null, pivoting=True)
    steps = np.linalg.solve(null[:, order[: len(null)]], null)
    return np.where(np.abs(steps) > INVISIBLE, steps, 0.0)


def _null_direction(
    box: Box, step: Vector, design: SpinningResonator, deviation: float
) -> NullDirection:
    """Null direction with this step in SI units, scaled so that the largest change is 1 %."""
    moved = {name: float(part) for name, part in zip(box.names, step, strict=True) if part != 0}
    values = {name: float(getattr(design, name)) for name in moved}
    relative = frozenset(name for name in moved if values[name] != 0)
    changes = {n: part / abs(values[n]) if n in relative else part for n, part in moved.items()}
    scale = _scale([changes[name] for name in changes if name in relative] or [0.01])
    changes = {name: scale * change for name, change in changes.items()}
    return NullDirection(changes, relative, deviation)


def _scale(changes: list[float]) -> float:
    """Factor that makes the largest change (the first of equal ones) +1 %."""
    largest = max(map(abs, changes))
    first = next(change for change in changes if abs(change) > 0.999 * largest)
    return 0.01 / first
