"""What a design must satisfy beside being the best: objects, as objectives are.

The search keeps every inequality at or above 0 and every equality at 0, by projection and by
multipliers that it finds itself; nothing has to be weighted against the objective.
"""

import abc
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxcom import LEFT, RIGHT, Direction, SpinningResonator
from jaxcom.mean_field import roots
from jaxcom.rates import normalized_rates
from jaxcom.resonator import PARAMETERS, require_known_field
from jaxcom.taper import Taper, maximal_spin

from .objectives import AbstractObjective, margins, photon_imbalance
from .objectives.base import BOTH, Scalar, both_sides

Function = Callable[[SpinningResonator], Any]


class AbstractConstraint(eqx.Module):
    """Something that must hold of a design.

    Attributes:
        equality: must its residuals be 0, or at least 0?
    """

    equality: eqx.AbstractVar[bool]

    @property
    @abc.abstractmethod
    def name(self) -> str:
        """What tables call it."""

    @abc.abstractmethod
    def residuals(self, resonator: SpinningResonator) -> Float[Array, " m"]:
        """By how much it holds, smooth and in numbers of order 1."""


class Compared(AbstractConstraint):
    """A function of a design against a bound, (function - bound) / scale, or its negative."""

    what: Any
    bound: Any
    scale: Any
    sign: int = eqx.field(static=True)
    equality: bool = eqx.field(static=True)
    wording: str = eqx.field(static=True)

    @property
    def name(self) -> str:
        """Its wording with the bound; no part of what is compiled, so that bounds may change."""
        return self.wording.format(bound=float(self.bound))

    def residuals(self, resonator: SpinningResonator) -> Float[Array, " m"]:
        """(what - bound) / scale, with the sign that makes it positive where it holds."""
        what = self.what.score if isinstance(self.what, AbstractObjective) else self.what
        difference = jnp.asarray(what(resonator) - self.bound, float)
        return jnp.atleast_1d(self.sign * difference / self.scale)


class Stable(AbstractConstraint):
    """Disturbances die out at least at a rate: margin >= rate, in rad/s, in the directions given.

    An objective brings this for its own directions; for others, or for a wider margin, ask here.
    """

    rate: Any
    directions: tuple[Direction, ...] = eqx.field(static=True)
    equality: bool = eqx.field(static=True)

    def __init__(self, rate: float, directions: tuple[Direction, ...] = BOTH):
        if not 0 <= rate < float("inf"):
            raise ValueError(f"Argument `rate` must be finite and at least 0, but is {rate}.")
        self.rate, self.directions, self.equality = float(rate), tuple(directions), False

    @property
    def name(self) -> str:
        """What tables call it."""
        return f"margin({_sides(self.directions)}) >= {float(self.rate):g} rad/s"

    def residuals(self, resonator: SpinningResonator) -> Float[Array, " m"]:
        """As the search has its own margins: see `excess_margin`."""
        return excess_margin(margins(resonator, self.directions), self.rate / resonator.omega_m)


class SingleValued(AbstractConstraint):
    """The mean field has one solution: no bistability, in the directions given.

    With the quintic p of `jaxcom.mean_field.roots`, which rises but between two pairs of turning
    points: it has one root if and only if it has the same sign at both points of each pair.
    """

    directions: tuple[Direction, ...] = eqx.field(static=True)
    equality: bool = eqx.field(static=True)

    def __init__(self, directions: tuple[Direction, ...] = BOTH):
        self.directions, self.equality = tuple(directions), False

    @property
    def name(self) -> str:
        """What tables call it."""
        return f"one mean field ({_sides(self.directions)})"

    def residuals(self, resonator: SpinningResonator) -> Float[Array, " m"]:
        """How far p is from 0 at the nearer of two turning points, of its size there."""
        p = roots.quintic(normalized_rates(resonator, jnp.array(self.directions)))
        still = jax.lax.stop_gradient(p)
        turns = [_along_turn(turn, p) for turn in roots.turning_points(still)]
        heights = [_relative_height(p, turn) for turn in turns]
        pairs = zip(heights[::2], heights[1::2], strict=True)
        return jnp.concatenate([jnp.maximum(lower, -upper) for upper, lower in pairs])


class BelowSpinLimit(AbstractConstraint):
    """The fibre survives the spin: Omega <= share * Omega_max, S3.12."""

    taper: Taper
    share: Any
    equality: bool = eqx.field(static=True)

    def __init__(self, taper: Taper | None = None, share: float = 1.0):
        if not 0 < share <= 1:
            raise ValueError(f"Argument `share` must be above 0 and at most 1, but is {share}.")
        self.taper, self.share, self.equality = taper or Taper(), float(share), False

    @property
    def name(self) -> str:
        """What tables call it."""
        return f"Omega <= {float(self.share):g} Omega_max"

    def residuals(self, resonator: SpinningResonator) -> Float[Array, " m"]:
        """1 - Omega / (share Omega_max)."""
        limit = self.share * maximal_spin(self.taper, resonator)
        return jnp.atleast_1d(1 - resonator.spin / limit)


def at_least(what: str | Function | AbstractObjective, bound: float, **options: Any) -> Compared:
    """A field, an objective or any function of a design must not be below a bound.

    Args:
        what: the name of a field, an objective, or a function of a resonator that JAX can
            differentiate. Of an objective the score is taken, which has a slope where it is 0.
        bound: in the unit of what is compared.
        **options: `name` for tables; `scale`, a difference that matters, by default the size of
            the bound, or 1.

    Raises:
        TypeError: `what` is none of these.
        ValueError: the bound is not finite, or the scale not above 0.

    >>> import jaxcom as jc
    >>> from optimize import objectives
    >>> floor = at_least(objectives.one_way(jc.LEFT), 0.1)
    >>> print(floor.name, floor.residuals(jc.SpinningResonator(detuning=0.4 * 63e6)).round(2))
    E_N(left) >= 0.1 [0.31]
    """
    return _compared(what, bound, ">=", **options)


def at_most(what: str | Function | AbstractObjective, bound: float, **options: Any) -> Compared:
    """A field, an objective or any function of a design must not exceed a bound.

    Arguments and errors as for `at_least`.

    >>> import jaxcom as jc
    >>> budget = at_most("power", 10e-3)
    >>> print(budget.name, budget.residuals(jc.SpinningResonator(power=20e-3)))
    power <= 0.01 W [-1.]
    """
    return _compared(what, bound, "<=", **options)


def equal(what: str | Function | AbstractObjective, bound: float, **options: Any) -> Compared:
    """A field, an objective or any function of a design must have a value.

    Arguments and errors as for `at_least`.
    """
    return _compared(what, bound, "=", **options)


def equal_photons() -> Compared:
    """N(left) = N(right): classical reciprocity, however different the entanglement.

    >>> import jaxcom as jc
    >>> print(equal_photons().residuals(jc.SpinningResonator(spin=0.0)).round(12))
    [0.]
    """
    return equal(photon_imbalance, 0.0, name="N(left) = N(right)")


def equal_entanglement() -> Compared:
    """-ln(2 nu_-) is the same for both directions, and so is E_N, however different the light.

    Two directions without any entanglement may satisfy it; ask for a floor beside it.
    """
    return equal(_entanglement_gap, 0.0, scale=0.1, name="E_N(left) = E_N(right)")


def excess_margin(
    margin: Float[Array, "..."], least: float | Float[Array, ""]
) -> Float[Array, "..."]:
    """How far margins, in units of omega_m, are above the least one, in numbers of order 1.

    (m |m| - least^2) / max(least, 1e-4)^2. Squares, since at a fold of the mean field the margin
    goes as the square root of the distance: a linear model of that overshoots.
    """
    unit = jnp.maximum(least, 1e-4)
    return (margin * jnp.abs(margin) - least * least) / (unit * unit)


def _entanglement_gap(resonator: SpinningResonator) -> Scalar:
    left, right = both_sides(resonator, unclipped=True)
    return left - right


_SIGNS = {">=": (1, False), "<=": (-1, False), "=": (1, True)}


def _compared(what, bound: float, relation: str, *, scale=None, name: str | None = None):
    compared, called, unit = _understood(what)
    scale = (abs(bound) or 1.0) if scale is None else scale
    if not abs(bound) < float("inf"):
        raise ValueError(f"Argument `bound` must be finite, but is {bound}.")
    if not 0 < scale < float("inf"):
        raise ValueError(f"Argument `scale` must be finite and above 0, but is {scale}.")
    sign, equality = _SIGNS[relation]
    wording = (name or f"{called} {relation} {{bound:g}} {unit}").rstrip()
    return Compared(compared, float(bound), float(scale), sign, equality, wording)


def _understood(what) -> tuple[Any, str, str]:
    """What is compared, and how it and its unit are called."""
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


class Field(eqx.Module):
    """The function that reads a field of a design; two of one name are equal."""

    field: str = eqx.field(static=True)

    def __call__(self, resonator: SpinningResonator) -> Scalar:
        """The value of the field."""
        return getattr(resonator, self.field)


def _relative_height(p: roots.Quintic, u: Float[Array, " d"]) -> Float[Array, " d"]:
    """p(u) over the sizes of its two parts, optics and drive, which do not count as changing."""
    z = u - p.m
    drive = p.sigma * ((z + p.d) ** 2 + 1 + p.j)
    optics = roots.expand(p, u)[0] + drive
    return roots.expand(p, u)[0] / jax.lax.stop_gradient(drive + jnp.abs(optics))


@jax.custom_jvp
def _along_turn(turn: Float[Array, " d"], p: roots.Quintic) -> Float[Array, " d"]:
    """The turning point itself; to derivatives, the zero of p' as a function of the design."""
    return turn


@_along_turn.defjvp
def _along_turn_jvp(primals, tangents):
    turn, p = _along_turn(*primals), primals[1]
    _, change = jax.jvp(lambda p: roots.expand(p, turn)[1], (p,), (tangents[1],))
    bend = roots.expand(p, turn)[2]
    # Two points that do not turn are merely places to look at: they stand still.
    turns = jnp.abs(roots.expand(p, turn)[1]) <= 1e-6 * jnp.abs(bend)
    return turn, jnp.where(turns, -change / jnp.where(turns, bend, 1.0), 0.0)


def _sides(directions: tuple[Direction, ...]) -> str:
    names = {LEFT: "left", RIGHT: "right"}
    return " and ".join(names[Direction(side)] for side in directions)
