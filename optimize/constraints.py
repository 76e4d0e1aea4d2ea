"""Constraints that a design must satisfy; used as objects, like objectives.

The search keeps the residual of every inequality at or above 0 and that of every equality at 0,
by projection and with Lagrange multipliers; there are no penalty weights to choose.
"""

import abc
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxcom import Direction, SpinningResonator
from jaxcom.direction import BOTH, DirectionLike
from jaxcom.resonator import PARAMETERS, require_known_field
from jaxcom.taper import Taper, maximal_spin

from .margins import Rows, excess_margin, margin_scale, stability_rows
from .objectives import AbstractObjective, EntanglementGap, PhotonImbalance, as_directions
from .objectives.base import Scalar
from .operating_point import LowestBranch, OperatingPoint, Tabulated

Function = Callable[[SpinningResonator], Any]
Compared = str | Function | AbstractObjective
"""Name of a field, differentiable real function of a resonator, or objective."""


class AbstractConstraint(eqx.Module):
    """Condition that a design must satisfy.

    Attributes:
        equality: whether the residuals must be 0; otherwise they must be at least 0.
    """

    equality: ClassVar[bool] = False

    @property
    @abc.abstractmethod
    def name(self) -> str:
        """Name in tables and reports."""

    @abc.abstractmethod
    def residuals_at(self, point: OperatingPoint) -> Float[Array, " m"]:
        """Residuals at an operating point: smooth, dimensionless and scaled to be of order 1."""

    def residuals(self, resonator: SpinningResonator) -> Float[Array, " m"]:
        """Residuals on the lowest branch."""
        return self.residuals_at(LowestBranch(resonator))

    def rows_at(self, point: Tabulated) -> Rows:
        """Smooth functions of an operating point that the search uses for the residuals."""
        residuals = self.residuals_at(point)
        return Rows(residuals, jnp.ones_like(residuals))

    @property
    def mean_fields(self) -> tuple[Direction, ...]:
        """Directions whose mean field the residuals depend on through the operating point."""
        return ()

    def residual_scale(self, resonator: SpinningResonator) -> float | None:
        """Scale that the residuals are divided by, in the unit of the bound; None if none."""
        return None


class AbstractComparison(AbstractConstraint):
    """Comparison of a field, an objective or a function of a design with a bound.

    Attributes:
        what: function that is compared.
        bound: bound, in the unit of `what`.
        scale: difference that counts as 1, in the same unit.
        wording: template of the name.
        relation: ">=", "<=" or "=".
        sign: factor of (what - bound) / scale in the residual, -1 for an upper bound.
    """

    what: Any
    bound: Any
    scale: Any
    wording: str = eqx.field(static=True)
    relation: ClassVar[str] = ">="
    sign: ClassVar[int] = 1

    def __init__(
        self, what: Compared, bound: float, name: str | None = None, scale: float | None = None
    ):
        scale = (abs(bound) or 1.0) if scale is None else scale
        if not abs(bound) < float("inf"):
            raise ValueError(f"Argument `bound` must be finite, but is {bound}.")
        if not 0 < scale < float("inf"):
            raise ValueError(f"Argument `scale` must be finite and above 0, but is {scale}.")
        self.what, label, unit = _described(what)
        self.bound, self.scale = float(bound), float(scale)
        self.wording = (name or f"{label} {self.relation} {{bound:g}} {unit}").rstrip()

    @property
    def name(self) -> str:
        """Name with the bound, which is formatted late: compiled programs do not depend on it."""
        return self.wording.format(bound=float(self.bound))

    def residuals_at(self, point: OperatingPoint) -> Float[Array, " m"]:
        """Residual (what - bound) / scale, negated for an upper bound."""
        is_objective = isinstance(self.what, AbstractObjective)
        value = self.what.score_at(point) if is_objective else self.what(point.resonator)
        difference = jnp.asarray(value - self.bound, float)
        return jnp.atleast_1d(self.sign * difference / self.scale)

    @property
    def mean_fields(self) -> tuple[Direction, ...]:
        """Those of the objective that is compared."""
        return self.what.mean_fields if isinstance(self.what, AbstractObjective) else ()

    def residual_scale(self, resonator: SpinningResonator) -> float:
        """Argument `scale` of the constraint."""
        return float(self.scale)


class AtLeast(AbstractComparison):
    """Lower bound on a field, an objective or any function of a design.

    Args:
        what: name of a field, an objective, or a function of a resonator that JAX can
            differentiate. The score of an objective is compared, which has a slope where the
            value is 0.
        bound: bound in the unit of `what`.
        name: name in tables, by default made of `what` and the bound.
        scale: difference that counts as 1, by default the absolute value of the bound, or 1.

    Raises:
        TypeError: `what` is none of these.
        ValueError: the bound is not finite, or the scale is not above 0.

    >>> import jaxcom as jc
    >>> from optimize import objectives
    >>> floor = AtLeast(objectives.OneWay("left"), 0.1)
    >>> print(floor.name, floor.residuals(jc.SpinningResonator(detuning=0.4 * 63e6)).round(2))
    E_N(left) >= 0.1 [0.31]
    """

    relation: ClassVar[str] = ">="

    def __init__(
        self, what: Compared, bound: float, name: str | None = None, scale: float | None = None
    ):
        super().__init__(what, bound, name, scale)


class AtMost(AbstractComparison):
    """Upper bound on a field, an objective or any function of a design.

    Args:
        what: name of a field, an objective, or a function of a resonator that JAX can
            differentiate. The score of an objective is compared.
        bound: bound in the unit of `what`.
        name: name in tables, by default made of `what` and the bound.
        scale: difference that counts as 1, by default the absolute value of the bound, or 1.

    Raises:
        TypeError: `what` is none of these.
        ValueError: the bound is not finite, or the scale is not above 0.

    >>> import jaxcom as jc
    >>> budget = AtMost("power", 10e-3)
    >>> print(budget.name, budget.residuals(jc.SpinningResonator(power=20e-3)))
    power <= 0.01 W [-1.]
    """

    relation: ClassVar[str] = "<="
    sign: ClassVar[int] = -1

    def __init__(
        self, what: Compared, bound: float, name: str | None = None, scale: float | None = None
    ):
        super().__init__(what, bound, name, scale)


class Equal(AbstractComparison):
    """Prescribed value of a field, an objective or any function of a design.

    Args:
        what: name of a field, an objective, or a function of a resonator that JAX can
            differentiate. The score of an objective is compared.
        bound: value in the unit of `what`.
        name: name in tables, by default made of `what` and the value.
        scale: difference that counts as 1, by default the absolute value of the bound, or 1.

    Raises:
        TypeError: `what` is none of these.
        ValueError: the bound is not finite, or the scale is not above 0.

    >>> import jaxcom as jc
    >>> still = Equal("spin", 0.0, scale=1e3)
    >>> print(still.name, still.residuals(jc.SpinningResonator(spin=8e3)))
    spin = 0 rad/s [8.]
    """

    relation: ClassVar[str] = "="
    equality: ClassVar[bool] = True

    def __init__(
        self, what: Compared, bound: float, name: str | None = None, scale: float | None = None
    ):
        super().__init__(what, bound, name, scale)


class EqualPhotons(Equal):
    """Equal photon numbers, N(left) = N(right): classical reciprocity, whatever the entanglement.

    >>> import jaxcom as jc
    >>> print(EqualPhotons().residuals(jc.SpinningResonator(spin=0.0)).round(12))
    [0.]
    """

    def __init__(self):
        super().__init__(PhotonImbalance(), 0.0, name="N(left) = N(right)")


class EqualEntanglement(Equal):
    """Equal -ln(2 nu_-), hence equal E_N, in both directions, whatever the photon numbers.

    Two directions without entanglement may satisfy it; add a lower bound on E_N to exclude that.

    >>> import jaxcom as jc
    >>> print(EqualEntanglement().residuals(jc.SpinningResonator(spin=0.0)).round(12))
    [0.]
    """

    def __init__(self):
        super().__init__(EntanglementGap(), 0.0, name="E_N(left) = E_N(right)", scale=0.1)


class Stable(AbstractConstraint):
    """Lower bound on the stability margin in the given directions: margin >= rate, in rad/s.

    A search already bounds the margin in the directions of its objective; use this for other
    directions or for a wider margin.

    Args:
        rate: lower bound on -max Re(eigenvalue of A), in rad/s.
        directions: directions of the light.

    Raises:
        ValueError: `rate` is not finite or negative, or an entry of `directions` is not a
            direction.

    >>> Stable(1e3, ("left",)).name
    'margin(left) >= 1000 rad/s'
    """

    rate: Any
    directions: tuple[Direction, ...] = eqx.field(static=True)

    def __init__(self, rate: float, directions: Iterable[DirectionLike] = BOTH):
        if not 0 <= rate < float("inf"):
            raise ValueError(f"Argument `rate` must be finite and at least 0, but is {rate}.")
        self.rate, self.directions = float(rate), as_directions(directions)

    @property
    def name(self) -> str:
        """Name in tables and reports."""
        return f"margin({_labels(self.directions)}) >= {float(self.rate):g} rad/s"

    def residuals_at(self, point: OperatingPoint) -> Float[Array, " m"]:
        """Residuals, one for each direction; see `excess_margin`."""
        return excess_margin(point.margin(self.directions), self.rate / point.resonator.omega_m)

    def rows_at(self, point: Tabulated) -> Rows:
        """Two rows for each direction; see `stability_rows`."""
        return stability_rows(point, self.directions, self.rate / point.resonator.omega_m)

    @property
    def mean_fields(self) -> tuple[Direction, ...]:
        """The directions given."""
        return self.directions

    def residual_scale(self, resonator: SpinningResonator) -> float:
        """Scale of `excess_margin`, in rad/s."""
        return float(margin_scale(self.rate / resonator.omega_m) * resonator.omega_m)


class SingleValued(AbstractConstraint):
    """Unique mean field, that is no bistability, in the given directions.

    The quintic p of `jaxcom.mean_field.roots` increases except between two pairs of turning
    points. It has one root if and only if it has the same sign at both points of each pair.

    Args:
        directions: directions of the light.

    Raises:
        ValueError: an entry of `directions` is not a direction.
    """

    directions: tuple[Direction, ...] = eqx.field(static=True)

    def __init__(self, directions: Iterable[DirectionLike] = BOTH):
        self.directions = as_directions(directions)

    @property
    def name(self) -> str:
        """Name in tables and reports."""
        return f"one mean field ({_labels(self.directions)})"

    def residuals_at(self, point: OperatingPoint) -> Float[Array, " m"]:
        """Relative height of p, one for each pair and direction; positive if there is one root."""
        heights = point.heights(self.directions)
        return jnp.maximum(heights[:, 1::2], -heights[:, ::2]).T.ravel()


class BelowSpinLimit(AbstractConstraint):
    """Bound on the spin by the strength of the fiber, Eq. (S3.12): Omega <= share * Omega_max.

    Args:
        taper: tapered fiber, by default that of the paper.
        share: largest spin as a fraction of the limit, above 0 and at most 1.

    Raises:
        ValueError: `share` is out of its range.
    """

    taper: Taper
    share: Any

    def __init__(self, taper: Taper | None = None, share: float = 1.0):
        if not 0 < share <= 1:
            raise ValueError(f"Argument `share` must be above 0 and at most 1, but is {share}.")
        self.taper, self.share = taper or Taper(), float(share)

    @property
    def name(self) -> str:
        """Name in tables and reports."""
        return f"Omega <= {float(self.share):g} Omega_max"

    def residuals_at(self, point: OperatingPoint) -> Float[Array, " m"]:
        """Residual 1 - Omega / (share Omega_max)."""
        limit = self.share * maximal_spin(self.taper, point.resonator)
        return jnp.atleast_1d(1 - point.resonator.spin / limit)

    def residual_scale(self, resonator: SpinningResonator) -> float:
        """Largest spin allowed, in rad/s."""
        return float(self.share * maximal_spin(self.taper, resonator))


class Field(eqx.Module):
    """Function that returns a field of a design; instances of the same field are equal."""

    field: str = eqx.field(static=True)

    def __call__(self, resonator: SpinningResonator) -> Scalar:
        """Value of the field."""
        return getattr(resonator, self.field)


def _described(what: Any) -> tuple[Any, str, str]:
    """Function to compare, its label and its unit."""
    if isinstance(what, str):
        require_known_field(what)
        return Field(what), what, PARAMETERS[what].unit
    if isinstance(what, AbstractObjective):
        return what, what.name, ""
    if callable(what):
        return what, getattr(what, "__name__", "function"), ""
    raise TypeError(
        "Argument `what` must be the name of a field, an objective or a function of a resonator, "
        f"but is {what!r}."
    )


def _labels(directions: tuple[Direction, ...]) -> str:
    return " and ".join(direction.label for direction in directions)
