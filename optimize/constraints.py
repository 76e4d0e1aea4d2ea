"""Constraints that a design must satisfy; used as objects, like objectives.

The search keeps the residual of every inequality at or above 0 and that of every equality at 0,
by projection and with Lagrange multipliers; there are no penalty weights to choose.
"""

import abc
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxcom import Direction, SpinningResonator
from jaxcom.direction import BOTH, DirectionLike
from jaxcom.mean_field import roots
from jaxcom.rates import normalized_rates
from jaxcom.resonator import PARAMETERS, require_known_field
from jaxcom.taper import Taper, maximal_spin

from .objectives import AbstractObjective, as_directions, both_sides, margins, photon_imbalance
from .objectives.base import Scalar

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
    def residuals(self, resonator: SpinningResonator) -> Float[Array, " m"]:
        """Residuals: smooth, dimensionless and scaled to be of order 1."""

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

    def residuals(self, resonator: SpinningResonator) -> Float[Array, " m"]:
        """Residual (what - bound) / scale, negated for an upper bound."""
        what = self.what.score if isinstance(self.what, AbstractObjective) else self.what
        difference = jnp.asarray(what(resonator) - self.bound, float)
        return jnp.atleast_1d(self.sign * difference / self.scale)

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
        super().__init__(photon_imbalance, 0.0, name="N(left) = N(right)")


class EqualEntanglement(Equal):
    """Equal -ln(2 nu_-), hence equal E_N, in both directions, whatever the photon numbers.

    Two directions without entanglement may satisfy it; add a lower bound on E_N to exclude that.

    >>> import jaxcom as jc
    >>> print(EqualEntanglement().residuals(jc.SpinningResonator(spin=0.0)).round(12))
    [0.]
    """

    def __init__(self):
        super().__init__(_entanglement_gap, 0.0, name="E_N(left) = E_N(right)", scale=0.1)


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

    def residuals(self, resonator: SpinningResonator) -> Float[Array, " m"]:
        """Residuals, one for each direction; see `excess_margin`."""
        return excess_margin(margins(resonator, self.directions), self.rate / resonator.omega_m)

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

    def residuals(self, resonator: SpinningResonator) -> Float[Array, " m"]:
        """Relative height of p, one for each pair and direction; positive if there is one root."""
        p = roots.quintic(normalized_rates(resonator, jnp.array(self.directions)))
        still = jax.lax.stop_gradient(p)
        points = [_differentiable_turning_point(turn, p) for turn in roots.turning_points(still)]
        heights = [_relative_height(p, point) for point in points]
        pairs = zip(heights[::2], heights[1::2], strict=True)
        return jnp.concatenate([jnp.maximum(lower, -upper) for upper, lower in pairs])


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

    def residuals(self, resonator: SpinningResonator) -> Float[Array, " m"]:
        """Residual 1 - Omega / (share Omega_max)."""
        limit = self.share * maximal_spin(self.taper, resonator)
        return jnp.atleast_1d(1 - resonator.spin / limit)

    def residual_scale(self, resonator: SpinningResonator) -> float:
        """Largest spin allowed, in rad/s."""
        return float(self.share * maximal_spin(self.taper, resonator))


class Field(eqx.Module):
    """Function that returns a field of a design; instances of the same field are equal."""

    field: str = eqx.field(static=True)

    def __call__(self, resonator: SpinningResonator) -> Scalar:
        """Value of the field."""
        return getattr(resonator, self.field)


def excess_margin(
    margin: Float[Array, "..."], least: float | Float[Array, ""]
) -> Float[Array, "..."]:
    r"""Excess of stability margins m over the required margin b, both in units of omega_m.

    $$ \frac{m |m| - b^2}{\max(b, 10^{-4})^2} $$

    The squares make it linear in the distance to a fold of the mean field, where the margin
    vanishes as the square root of that distance.

    Args:
        margin: margins m.
        least: required margin b.
    """
    scale = margin_scale(least)
    return (margin * jnp.abs(margin) - least * least) / (scale * scale)


def margin_scale(least: float | Float[Array, ""]) -> Float[Array, ""]:
    """Scale of `excess_margin`: the required margin, but at least 1e-4, in units of omega_m."""
    return jnp.maximum(least, 1e-4)


def _entanglement_gap(resonator: SpinningResonator) -> Scalar:
    left, right = both_sides(resonator, unclipped=True)
    return left - right


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


def _relative_height(p: roots.Quintic, u: Float[Array, " d"]) -> Float[Array, " d"]:
    """p(u) relative to the sizes of its optical and its drive term, which count as constant."""
    z = u - p.m
    drive = p.sigma * ((z + p.d) ** 2 + 1 + p.j)
    optics = roots.expand(p, u)[0] + drive
    return roots.expand(p, u)[0] / jax.lax.stop_gradient(drive + jnp.abs(optics))


@jax.custom_jvp
def _differentiable_turning_point(turn: Float[Array, " d"], p: roots.Quintic) -> Float[Array, " d"]:
    """Turning point, with derivatives of the zero of p' as an implicit function of the design."""
    return turn


@_differentiable_turning_point.defjvp
def _differentiable_turning_point_jvp(primals, tangents):
    turn, p = _differentiable_turning_point(*primals), primals[1]
    _, change = jax.jvp(lambda p: roots.expand(p, turn)[1], (p,), (tangents[1],))
    bend = roots.expand(p, turn)[2]
    # Where p has no turning points, the two sample points used instead do not move.
    turns = jnp.abs(roots.expand(p, turn)[1]) <= 1e-6 * jnp.abs(bend)
    return turn, jnp.where(turns, -change / jnp.where(turns, bend, 1.0), 0.0)


def _labels(directions: tuple[Direction, ...]) -> str:
    return " and ".join(direction.label for direction in directions)
