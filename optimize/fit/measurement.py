"""Measured points of one quantity against the detuning, with their errors; also as files."""

import csv
import os
from pathlib import Path

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from jaxcom import LEFT, Direction, SpinningResonator
from jaxcom.support.files import write_whole

from .quantities import Quantity, log_negativity

COLUMNS = ("detuning", "value", "error")


class Measurement(eqx.Module):
    """Measured points of one quantity against the detuning, for light from one side.

    Attributes:
        detunings: Delta_c of each point, in rad/s.
        values: what was measured there.
        errors: standard deviation of each value, or one for all; taken as independent and Gaussian.
        quantity: what was measured, of `optimize.fit.quantities` or any `Quantity`.
        direction: where the light came from.

    Raises:
        TypeError: the quantity is no `Quantity`.
        ValueError: the columns differ in length, are empty, are not finite, or an error is not
            positive; or the direction is none.

    >>> points = Measurement([19e6, 25e6], [0.147, 0.132], 0.002)
    >>> print(points.name, points.errors)
    E_N, light from the left [0.002 0.002]
    """

    detunings: Float[np.ndarray, " n"]
    values: Float[np.ndarray, " n"]
    errors: Float[np.ndarray, " n"]
    quantity: Quantity = eqx.field(static=True)
    direction: Direction = eqx.field(static=True)

    def __init__(
        self,
        detunings: ArrayLike,
        values: ArrayLike,
        errors: ArrayLike,
        quantity: Quantity = log_negativity,
        direction: int = LEFT,
    ):
        self.detunings = _column("detunings", detunings)
        self.values = _column("values", values, self.detunings.shape)
        self.errors = _column("errors", _for_all(errors, self.detunings), self.detunings.shape)
        if np.any(self.errors <= 0):
            worst = self.errors.min()
            raise ValueError(f"Argument `errors` must be above 0, but has an entry {worst:g}.")
        if not isinstance(quantity, Quantity):
            raise TypeError(f"Argument `quantity` must be a Quantity, but is {quantity!r}.")
        self.quantity = quantity
        self.direction = _direction(direction)

    @property
    def name(self) -> str:
        """What was measured, in words."""
        return f"{self.quantity.name}, light from the {self.direction.name.lower()}"


def simulate(
    resonator: SpinningResonator,
    detunings: ArrayLike,
    errors: ArrayLike,
    quantity: Quantity = log_negativity,
    direction: int = LEFT,
    *,
    noise: np.random.Generator | None = None,
) -> Measurement:
    """What a resonator would give at some detunings: to plan a measurement, or to try out a fit.

    Args:
        resonator: one design; its own detuning is not used.
        detunings: Delta_c of each point, in rad/s.
        errors: standard deviation of each value, or one for all.
        quantity: what is measured.
        direction: where the light comes from.
        noise: what draws the Gaussian errors; by default the values have none.

    Raises:
        ValueError: as for `Measurement`, or there is no steady state at one of the detunings.

    >>> import jaxcom as jc
    >>> points = simulate(jc.SpinningResonator(), [19e6, 25e6], 0.002)
    >>> print(points.values.round(4))
    [0.1476 0.1318]
    """
    detunings, direction = _column("detunings", detunings), _direction(direction)
    curve = quantity.curve(resonator.replace(detuning=jnp.asarray(detunings)), direction)
    values = np.array(curve)
    if np.any(missing := np.isnan(values)):
        raise ValueError(
            "Argument `detunings` must be where there is a steady state, but there is none at "
            f"{detunings[missing][0]:g} rad/s."
        )
    exact = Measurement(detunings, values, errors, quantity, direction)
    if noise is None:
        return exact
    return Measurement(
        detunings, noise.normal(values, exact.errors), exact.errors, quantity, direction
    )


def read_measurement(
    path: str | os.PathLike, quantity: Quantity = log_negativity, direction: int = LEFT
) -> Measurement:
    """The measurement in a CSV file with the columns detuning (rad/s), value and error.

    Raises:
        OSError: the file cannot be read.
        ValueError: a column is missing or holds what is no number; and as for `Measurement`. The
            message names the file.
    """
    try:
        with Path(path).open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        detunings, values, errors = ([float(row[name]) for row in rows] for name in COLUMNS)
        return Measurement(detunings, values, errors, quantity, direction)
    except KeyError as missing:
        raise ValueError(f"{os.fspath(path)} has no column {missing}.") from None
    except (TypeError, ValueError) as error:
        raise ValueError(f"{os.fspath(path)} is no measurement: {error}") from None


def write_measurement(path: str | os.PathLike, measurement: Measurement) -> Path:
    """Write a measurement as CSV, to the last digit; whole or not at all.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_measurement(folder + "/left.csv", Measurement([19e6], [0.147], [0.002]))
    ...     print(path.read_text(), read_measurement(path).values)
    detuning,value,error
    19000000.0,0.147,0.002
    [0.147]
    """
    columns = (measurement.detunings, measurement.values, measurement.errors)
    lines = [COLUMNS, *zip(*(map(repr, column.tolist()) for column in columns), strict=True)]
    text = "".join(",".join(line) + "\n" for line in lines)
    return write_whole(path, lambda draft: draft.write_text(text, "utf-8"))


def _for_all(errors: ArrayLike, points: np.ndarray) -> ArrayLike:
    return np.full(points.shape, errors) if np.ndim(errors) == 0 else errors


def _column(
    name: str, given: ArrayLike, shape: tuple[int, ...] | None = None
) -> Float[np.ndarray, " n"]:
    """The numbers as a column of their own, of the shape asked for."""
    column = np.array(given, dtype=float)
    if column.ndim != 1 or not column.size:
        raise ValueError(
            f"Argument `{name}` must be a row of numbers, but has the shape {column.shape}."
        )
    if shape is not None and column.shape != shape:
        raise ValueError(
            f"Argument `{name}` must be as long as `detunings`, {shape[0]}, but has {column.size}."
        )
    if not np.all(np.isfinite(column)):
        wrong = column[~np.isfinite(column)][0]
        raise ValueError(f"Argument `{name}` must be finite, but has an entry {wrong}.")
    return column


def _direction(given: int) -> Direction:
    try:
        return Direction(given)
    except ValueError:
        raise ValueError(f"Argument `direction` must be LEFT or RIGHT, but is {given!r}.") from None
