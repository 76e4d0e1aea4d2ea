"""What measurements tell about the free fields, and what they cannot.

With J the derivatives of the residuals (model - value) / error by the coordinates of the box, the
Fisher information is F = J^T J and the estimates scatter with covariance F^-1 (Gauss-Newton;
exact for a linear model with Gaussian errors). The singular values s of J belong to axes along
which the estimate has the standard deviation 1/s, in sides of the box. Where that is more than the
box itself the data tell less than the box does: a null direction. It is named by the changes of the
fields that nobody would see.

All of this holds near one design, where the model is as good as linear. How far the fields that are
lost there may really go is asked in `optimize.fit.profile`.
"""

import math
from collections.abc import Callable

import equinox as eqx
import jax
import numpy as np
import scipy.linalg
from jaxtyping import Bool, Float

from jaxcom import SpinningResonator
from jaxcom.resonator import PARAMETERS
from jaxcom.support.tables import table

from ..box import Box

ROUNDING = 1e-10  # of the largest singular value: derivatives are exact to 1e-12 or better
INVISIBLE = 1e-6  # of an error: what changes by less from one side of the box to the other is still


class NullDirection(eqx.Module):
    """A change of the design that the measurements do not see.

    Attributes:
        changes: of the fields that take part, per field the relative change, the largest being
            +1 %; of a field whose value is 0 the change in SI units.
        relative: of which fields the change is relative.
        deviation: standard deviation along it, in sides of the box; inf where the change alters
            nothing, to rounding.
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
    """What measurements tell about the free fields, near one design; prints as a table.

    Attributes:
        names: of the free fields, in the order of the covariance.
        covariance: of the estimates, in SI units. Of a field that a null direction takes beyond its
            error before it leaves the box, the variance is inf, or that of its profile, and the
            covariances are NaN; of a field that is held all is NaN.
        null_directions: what the measurements do not see.
        rank: how many combinations of fields they do determine.
    """

    names: tuple[str, ...]
    covariance: Float[np.ndarray, "d d"]
    null_directions: tuple[NullDirection, ...]
    rank: int

    @property
    def standard_errors(self) -> dict[str, float]:
        """Of each field, in SI units."""
        return dict(zip(self.names, np.sqrt(np.diag(self.covariance)).tolist(), strict=True))

    @property
    def correlation(self) -> Float[np.ndarray, "d d"]:
        """The covariance over the standard errors; NaN where there is none."""
        errors = np.sqrt(np.diag(self.covariance))
        with np.errstate(invalid="ignore"):
            return self.covariance / np.outer(errors, errors)

    @property
    def unseen(self) -> list[str]:
        """The null directions in words."""
        return [f"Null direction: {direction}" for direction in self.null_directions]

    def __str__(self) -> str:
        rows = [(n, error, PARAMETERS[n].unit) for n, error in self.standard_errors.items()]
        known = table("What the measurements tell", [rows], ("", "standard error", "unit"))
        return "\n".join([known, *self.unseen])


def information(
    jacobian: Float[np.ndarray, "n d"],
    box: Box,
    unit: Float[np.ndarray, " d"],
    design: SpinningResonator,
    free: Bool[np.ndarray, " d"] | None = None,
    deviation: Callable[[int], float] = lambda field: math.inf,
) -> Information:
    """What residuals with these derivatives tell about the free fields.

    Args:
        jacobian: of the residuals (model - value) / error by the coordinates of the box.
        box: the free fields.
        unit: the coordinates.
        design: the resonator there.
        free: which of its fields are unknown, by default all.
        deviation: of a field that the slopes lose, found otherwise: in SI units, inf where it is
            lost indeed.
    """
    free = np.ones(len(box.names), bool) if free is None else free
    stretch = _stretch(box, unit)
    covariance = np.full((free.size, free.size), np.nan)
    covariance[np.ix_(free, free)], null = _linear(jacobian[:, free])
    covariance *= np.outer(stretch, stretch)
    for field in np.flatnonzero(np.isinf(np.diag(covariance))):
        covariance[field, field] = deviation(int(field)) ** 2
    steps = np.zeros((len(null), free.size))
    steps[:, free] = null
    lost = np.isinf(np.diag(covariance))
    steps = steps[(steps[:, lost] != 0).any(axis=1)]
    directions = [_named(box, step * stretch, design, _deviation(jacobian, step)) for step in steps]
    rank = int(free.sum()) - len(steps)
    return Information(box.names, covariance, tuple(directions), rank)


def determined_axes(jacobian: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "k d"]:
    """The axes of the error ellipsoid, each as long as its standard deviation; null ones left out.

    >>> np.abs(determined_axes(np.array([[2.0, 0.0], [0.0, 0.1]])))
    array([[0.5, 0. ]])
    """
    deviations, axes = _decomposed(jacobian)
    seen = np.isfinite(deviations)
    return axes[seen] * deviations[seen, None]


def _decomposed(J: Float[np.ndarray, "n d"]):
    """Standard deviations along the axes, inf for null ones, and the axes: orthonormal rows."""
    _, s, axes = np.linalg.svd(np.linalg.qr(J, mode="r"))
    s = np.pad(s, (0, len(axes) - len(s)))
    seen = s > max(1.0, ROUNDING * s.max(initial=0.0))
    return np.divide(1.0, s, where=seen, out=np.full(s.shape, math.inf)), axes


def _linear(J: Float[np.ndarray, "n d"]):
    """Covariance in coordinates of the box, inf for fields that slopes lose; null directions."""
    deviations, axes = _decomposed(J)
    seen = np.isfinite(deviations)
    known, null = axes[seen] * deviations[seen, None], axes[~seen]
    error, share = np.linalg.norm(known, axis=0), np.linalg.norm(null, axis=0)
    lost = share > np.maximum(error, ROUNDING)
    covariance = known.T @ known + null.T @ null
    covariance[lost, :] = covariance[:, lost] = np.nan
    covariance[lost, lost] = np.inf
    return covariance, _sparse(null)


def _deviation(J: Float[np.ndarray, "n d"], step: Float[np.ndarray, " d"]) -> float:
    """The standard deviation along a direction, in sides of the box."""
    length, seen = np.linalg.norm(step), np.linalg.norm(J @ step)
    least = max(INVISIBLE, ROUNDING * np.linalg.norm(J)) * length
    return float(length / seen) if seen > least else math.inf


def _sparse(null: Float[np.ndarray, "k d"]) -> Float[np.ndarray, "k d"]:
    """The same null space, each direction with a field of its own: fewer fields in each."""
    if not len(null):
        return null
    *_, order = scipy.linalg.qr(null, pivoting=True)
    steps = np.linalg.solve(null[:, order[: len(null)]], null)
    return np.where(np.abs(steps) > INVISIBLE, steps, 0.0)


def _stretch(box: Box, unit: Float[np.ndarray, " d"]) -> Float[np.ndarray, " d"]:
    """The derivatives of the fields by their coordinates, in SI units."""
    slopes = [jax.grad(box.intervals[n].at)(float(u)) for n, u in zip(box.names, unit, strict=True)]
    return np.array(slopes, dtype=float)


def _named(
    box: Box, step: Float[np.ndarray, " d"], design: SpinningResonator, deviation: float
) -> NullDirection:
    """The null direction with this step in SI units, scaled to the size that is told."""
    moved = {name: float(part) for name, part in zip(box.names, step, strict=True) if part != 0}
    values = {name: float(getattr(design, name)) for name in moved}
    relative = frozenset(name for name in moved if values[name] != 0)
    changes = {n: part / abs(values[n]) if n in relative else part for n, part in moved.items()}
    scale = _scale([changes[name] for name in changes if name in relative] or [0.01])
    changes = {name: scale * change for name, change in changes.items()}
    return NullDirection(changes, relative, deviation)


def _scale(changes: list[float]) -> float:
    """What makes the largest change a rise of 1 %: the first, of equal ones."""
    largest = max(map(abs, changes))
    first = next(change for change in changes if abs(change) > 0.999 * largest)
    return 0.01 / first
