"""Measured points of one quantity against the detuning, and their CSV files."""

import csv
import io
import os
from pathlib import Path

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from jaxcom import LEFT, Direction, SpinningResonator
from jaxcom.direction import direction_sign
from jaxcom.support.files import read_file, write_atomically
from jaxcom.support.tables import table

from .quantities import MeasuredQuantity, log_negativity

COLUMNS = ("detuning", "value", "error")

MAX_BYTES = 2**26
"""Maximum size of a CSV file."""

OneDirection = Direction | str | int
"""A direction: `LEFT`, `RIGHT`, "left", "right", +1 or -1."""


class Measurement(eqx.Module):
    """Measured points of one quantity against the detuning, for one direction; prints as a table.

    Attributes:
        detunings: Delta_c of each point in rad/s, shape (n,).
        values: measured value of each point, shape (n,).
        errors: standard deviation of each value, or one number for all; errors are taken as
            independent and Gaussian.
        quantity: measured quantity, of `optimize.fit.quantities` or any `MeasuredQuantity`.
        direction: direction of the light: `LEFT`, `RIGHT`, "left", "right", +1 or -1.

    Raises:
        TypeError: `quantity` is not a `MeasuredQuantity`.
        ValueError: the columns differ in length, are empty or are not finite; an error is not above
            0; or `direction` is not allowed.

    >>> points = Measurement([19e6, 25e6], [0.147, 0.132], 0.002)
    >>> print(points)
    E_N, light from the left
    ------------------------
    detuning  value  error
    rad/s
    ------------------------
    1.9e+07   0.147  0.002
    2.5e+07   0.132  0.002
    ------------------------
    """

    detunings: Float[np.ndarray, " n"]
    values: Float[np.ndarray, " n"]
    errors: Float[np.ndarray, " n"]
    quantity: MeasuredQuantity = eqx.field(static=True)
    direction: Direction = eqx.field(static=True)

    def __init__(
        self,
        detunings: ArrayLike,
        values: ArrayLike,
        errors: ArrayLike,
        quantity: MeasuredQuantity = log_negativity,
        direction: OneDirection = LEFT,
    ):
        self.detunings = _column("detunings", detunings)
        self.values = _column("values", values, self.detunings.shape)
        self.errors = _column("errors", _for_all(errors, self.detunings), self.detunings.shape)
        if np.any(self.errors <= 0):
            worst = self.errors.min()
            raise ValueError(f"Argument `errors` must be above 0, but has an entry {worst:g}.")
        self.quantity = _checked(quantity)
        self.direction = Direction(direction_sign(direction))

    @property
    def name(self) -> str:
        """Quantity and direction as text."""
        return f"{self.quantity.name}, light from the {self.direction.label}"

    def __str__(self) -> str:
        rows = list(zip(self.detunings, self.values, self.errors, strict=True))
        head = [COLUMNS, ("rad/s",)]
        return table(self.name, [head, rows])


def simulate(
    resonator: SpinningResonator,
    detunings: ArrayLike,
    errors: ArrayLike,
    quantity: MeasuredQuantity = log_negativity,
    direction: OneDirection = LEFT,
    *,
    noise: np.random.Generator | None = None,
) -> Measurement:
    """Simulated measurement of a resonator, to plan a measurement or to test a fit.

    Args:
        resonator: a single design; its detuning is not used.
        detunings: Delta_c of each point in rad/s, shape (n,).
        errors: standard deviation of each value, or one number for all.
        quantity: measured quantity.
        direction: direction of the light: `LEFT`, `RIGHT`, "left", "right", +1 or -1.
        noise: generator of the Gaussian errors; by default the values are exact.

    Returns:
        Measurement with the values of the model, plus noise if requested.

    Raises:
        TypeError: `quantity` is not a `MeasuredQuantity`.
        ValueError: the columns are not allowed for a `Measurement`, `direction` is not allowed, or
            there is no steady state at one of the detunings.

    >>> import jaxcom as jc
    >>> points = simulate(jc.SpinningResonator(), [19e6, 25e6], 0.002)
    >>> print(points.values.round(4))
    [0.1476 0.1318]
    """
    detunings, side = _column("detunings", detunings), Direction(direction_sign(direction))
    curve = _checked(quantity).curve(resonator.replace(detuning=jnp.asarray(detunings)), side)
    values = np.array(curve)
    if np.any(missing := np.isnan(values)):
        raise ValueError(
            "Argument `detunings` must be where there is a steady state, but there is none at "
            f"{detunings[missing][0]:g} rad/s."
        )
    exact = Measurement(detunings, values, errors, quantity, side)
    if noise is None:
        return exact
    return Measurement(detunings, noise.normal(values, exact.errors), exact.errors, quantity, side)


def read_measurement(
    path: str | os.PathLike,
    quantity: MeasuredQuantity = log_negativity,
    direction: OneDirection = LEFT,
) -> Measurement:
    """Measurement in a CSV file with the columns detuning (rad/s), value and error.

    Args:
        path: path of the file.
        quantity: measured quantity.
        direction: direction of the light: `LEFT`, `RIGHT`, "left", "right", +1 or -1.

    Raises:
        OSError: the file cannot be read.
        ValueError: a column is missing or there twice, a line is incomplete, or the entries are not
            allowed for a `Measurement`; the message names the file.
    """
    try:
        text = read_file(path, MAX_BYTES).decode("utf-8-sig")  # spreadsheets write a mark
        head, *rows = list(csv.reader(io.StringIO(text, newline=""))) or [[]]
        detunings, values, errors = (_numbers(name, head, rows) for name in COLUMNS)
        return Measurement(detunings, values, errors, quantity, direction)
    except (csv.Error, ValueError) as error:
        raise ValueError(f"{os.fspath(path)} is no measurement: {error}") from None


def write_measurement(path: str | os.PathLike, measurement: Measurement) -> Path:
    """Write a measurement as CSV, atomically and with all digits.

    Args:
        path: path of the file; an existing file is replaced.
        measurement: the measurement.

    Returns:
        The path.

    Raises:
        OSError: the file cannot be written.

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
    return write_atomically(path, lambda draft: draft.write_text(text, "utf-8"))


def _numbers(name: str, head: list[str], rows: list[list[str]]) -> list[float]:
    """Numbers of the column of a table; empty lines are left out."""
    if name not in head:
        raise ValueError(f"it has no column '{name}'")
    if head.count(name) > 1:
        raise ValueError(f"it has the column '{name}' more than once")
    column, numbers = head.index(name), []
    for row in filter(None, rows):
        if len(row) != len(head):
            raise ValueError(f"a line has {len(row)} entries, but there are {len(head)} columns")
        numbers.append(float(row[column]))
    return numbers


def _checked(quantity: object) -> MeasuredQuantity:
    if not isinstance(quantity, MeasuredQuantity):
        raise TypeError(f"Argument `quantity` must be a MeasuredQuantity, but is {quantity!r}.")
    return quantity


def _for_all(errors: ArrayLike, points: np.ndarray) -> ArrayLike:
    return np.full(points.shape, errors) if np.ndim(errors) == 0 else errors


def _column(
    name: str, given: ArrayLike, shape: tuple[int, ...] | None = None
) -> Float[np.ndarray, " n"]:
    """Copy of the numbers as a column of the given shape."""
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
