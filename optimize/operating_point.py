r"""Operating points: a design together with the steady states that its objectives depend on.

Objectives and constraints are functions of an operating point, and do not ask where its numbers
come from. `LowestBranch` computes them from the design alone, on the lowest branch. In a search the
mean-field shift x of each direction is an unknown beside the free fields, and Eq. (7) a constraint:
`Tabulated` holds numbers at such a pair of design and shifts, where they are smooth functions of
both, at a fold of the mean field as well.
"""

import abc
import enum
from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from jaxcom import Direction, SpinningResonator, closed_form, entanglement
from jaxcom.direction import BOTH
from jaxcom.mean_field.detuning import detuning_of
from jaxcom.mean_field.equation import imbalance, shift_at
from jaxcom.mean_field.folds import clearance, turning_points
from jaxcom.rates import Rates, normalized_rates, valid_rates
from jaxcom.stability import decays_faster, slowest_mode

Directions = Sequence[Direction]


class Column(enum.IntEnum):
    """Columns of a table of quantities, for one direction each; rates in units of omega_m."""

    SHIFT = 0
    IMBALANCE = 1
    LOG_NEGATIVITY = 2
    MARGIN = 3
    HEIGHT = 4  # four columns
    CLEARANCE = 8  # two columns
    COEFFICIENT = 10  # six columns


COLUMNS = 16
"""Number of columns of a table."""


class OperatingPoint(eqx.Module):
    """Design with the quantities of its steady states; see the module docstring.

    All methods return arrays with the given directions along the first axis.

    Attributes:
        resonator: design.
    """

    resonator: eqx.AbstractVar[SpinningResonator]

    @abc.abstractmethod
    def log_negativity(self, directions: Directions) -> Float[Array, "k ..."]:
        """Unclipped -ln(2 nu_-)."""

    @abc.abstractmethod
    def margin(self, directions: Directions) -> Float[Array, "k ..."]:
        """Stability margin -max Re(eigenvalue of A), in units of omega_m."""

    @abc.abstractmethod
    def shift(self, directions: Directions) -> Float[Array, "k ..."]:
        """Mean-field shift x = G_0 q_s, in units of omega_m."""

    @abc.abstractmethod
    def heights(self, directions: Directions) -> Float[Array, "k 4 ..."]:
        """Heights of the mean-field quintic; see `jaxcom.mean_field.folds.TurningPoints`."""


class LowestBranch(OperatingPoint):
    """Operating point on the lowest branch; E_N and shift are NaN where it is unstable.

    Attributes:
        resonator: design or batch of designs.

    >>> import jaxcom as jc
    >>> point = LowestBranch(jc.SpinningResonator(detuning=19e6))
    >>> print(point.log_negativity((jc.LEFT, jc.RIGHT)).round(4), point.margin((jc.LEFT,)).round(4))
    [0.1476    nan] [0.0862]
    """

    resonator: SpinningResonator

    def log_negativity(self, directions: Directions) -> Float[Array, "k ..."]:
        """Unclipped -ln(2 nu_-); NaN where unstable."""
        # Mapped over the directions, so that XLA compiles the closed form only once.
        return jax.vmap(lambda side: entanglement(self.resonator, side, unclipped=True))(
            _signs(directions)
        )

    def margin(self, directions: Directions) -> Float[Array, "k ..."]:
        """Stability margin in units of omega_m; negative where unstable."""
        return jax.vmap(lambda side: _margin(self.resonator, side))(_signs(directions))

    def shift(self, directions: Directions) -> Float[Array, "k ..."]:
        """Mean-field shift in units of omega_m; NaN where unstable."""
        return jax.vmap(lambda side: _stable_shift(self.resonator, side))(_signs(directions))

    def heights(self, directions: Directions) -> Float[Array, "k 4 ..."]:
        """Heights of the mean-field quintic at its turning points."""
        return jax.vmap(lambda side: _heights(self.resonator, side))(_signs(directions))

    def keeps(
        self, directions: Directions, margin: float | Float[Array, "..."]
    ) -> Bool[Array, "..."]:
        """Whether all margins exceed a bound in units of omega_m; faster than the margins."""
        if not directions:
            return jnp.array(True)
        kept = jax.vmap(lambda side: _keeps(self.resonator, side, margin))(_signs(directions))
        return kept.all(axis=0)


class Tabulated(OperatingPoint):
    """Operating point whose quantities are given, of a design with any mean-field shifts.

    Attributes:
        resonator: design.
        table: quantities by direction, left first, and `Column`.
    """

    resonator: SpinningResonator
    table: Float[Array, "2 columns"]

    def log_negativity(self, directions: Directions) -> Float[Array, " k"]:
        """Unclipped -ln(2 nu_-)."""
        return self._column(directions, Column.LOG_NEGATIVITY)

    def margin(self, directions: Directions) -> Float[Array, " k"]:
        """Stability margin in units of omega_m."""
        return self._column(directions, Column.MARGIN)

    def shift(self, directions: Directions) -> Float[Array, " k"]:
        """Mean-field shift in units of omega_m."""
        return self._column(directions, Column.SHIFT)

    def heights(self, directions: Directions) -> Float[Array, "k 4"]:
        """Heights of the mean-field quintic at its turning points."""
        return self._columns(directions, Column.HEIGHT, Column.CLEARANCE)

    def imbalance(self, directions: Directions) -> Float[Array, " k"]:
        """Residual of Eq. (7); see `jaxcom.mean_field.equation.imbalance`."""
        return self._column(directions, Column.IMBALANCE)

    def clearance(self, directions: Directions) -> Float[Array, "k 2"]:
        """Numbers that are positive on the lowest branch; see `jaxcom.mean_field.folds`."""
        return self._columns(directions, Column.CLEARANCE, Column.COEFFICIENT)

    def coefficients(self, directions: Directions) -> Float[Array, "k 6"]:
        """Coefficients of the characteristic polynomial, in units of omega_m."""
        return self._columns(directions, Column.COEFFICIENT, COLUMNS)

    def _column(self, directions: Directions, column: Column) -> Float[Array, " k"]:
        return self._columns(directions, column, column + 1)[:, 0]

    def _columns(self, directions: Directions, first: int, end: int) -> Float[Array, "k n"]:
        rows = [BOTH.index(direction) for direction in directions]
        return self.table[jnp.array(rows, int), first:end]


def tabulate(rates: Rates, x: Float[Array, "..."]) -> Float[Array, "columns ..."]:
    """Columns of a table: all quantities for one direction at a mean-field shift x.

    Args:
        rates: rates of a design, in units of omega_m.
        x: mean-field shift, in units of omega_m; it need not be a solution of Eq. (7).
    """
    points = turning_points(rates)
    detuning = rates.detuning - x
    coefficients = closed_form.characteristic_coefficients(rates, detuning)
    margin = -slowest_mode(jnp.stack(coefficients, axis=-1))[0]
    single = [x, imbalance(x, rates), closed_form.log_negativity(rates, detuning), margin]
    return jnp.concatenate(
        [jnp.stack(single), points.height, clearance(x, points), jnp.stack(coefficients)]
    )


def _signs(directions: Directions) -> Array:
    return jnp.array(tuple(directions), int)


def _coefficients(rates: Rates) -> Float[Array, "... 6"]:
    """Characteristic coefficients on the lowest branch."""
    return jnp.stack(closed_form.characteristic_coefficients(rates, detuning_of(rates)), axis=-1)


@jax.jit
def _margin(resonator: SpinningResonator, side) -> Float[Array, "..."]:
    rates = normalized_rates(resonator, side)
    return -slowest_mode(_coefficients(rates))[0]


@jax.jit
def _keeps(resonator: SpinningResonator, side, margin) -> Bool[Array, "..."]:
    rates = normalized_rates(resonator, side)
    return decays_faster(_coefficients(rates), margin)


@jax.jit
def _stable_shift(resonator: SpinningResonator, side) -> Float[Array, "..."]:
    rates = valid_rates(resonator, side)
    detuning = detuning_of(rates)
    stable = closed_form.is_stable(rates, detuning)
    return shift_at(detuning, rates) * jnp.where(stable, 1.0, jnp.nan)


@jax.jit
def _heights(resonator: SpinningResonator, side) -> Float[Array, "4 ..."]:
    return turning_points(normalized_rates(resonator, side)).height
