"""Classes whose fields are physical parameters, described once and checked on construction."""

import dataclasses
import inspect
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from jaxcom.support.suggestions import did_you_mean
from jaxcom.support.tracing import is_traced

Scalar = float | Float[Array, "..."]
Same = TypeVar("Same", bound="Parametrized")


class Parameter(NamedTuple):
    """Description of a parameter.

    Attributes:
        symbol: symbol in the equations of the paper.
        unit: SI unit; empty if dimensionless.
        meaning: meaning in a few words.
        least: lower end of the allowed range.
        attained: whether the lower end itself is allowed.
        label: name in figures.
        latex: symbol in figures, in LaTeX.
        display_unit: unit in figures; empty if dimensionless.
        display_factor: number of display units in one SI unit.
    """

    symbol: str
    unit: str
    meaning: str
    least: float
    attained: bool
    label: str
    latex: str
    display_unit: str
    display_factor: float

    @property
    def allowed(self) -> str:
        """Allowed range of the values as text."""
        if self.least == -math.inf:
            return "finite"
        return f"finite and {'at least' if self.attained else 'above'} {self.least:g}"

    def admits(self, value: Any) -> Any:
        """Whether values are finite and in range, elementwise; NumPy or JAX arrays."""
        finite = abs(value) < math.inf
        return finite & (value >= self.least if self.attained else value > self.least)


def parameter(
    default: float,
    symbol: str,
    unit: str,
    meaning: str,
    *,
    above: float = -math.inf,
    at_least: float | None = None,
    label: str = "",
    latex: str = "",
    display: tuple[str, float] | None = None,
) -> Any:
    """Field of a `Parametrized` class.

    Args:
        default: default value.
        symbol: symbol in the equations of the paper.
        unit: SI unit; empty if dimensionless.
        meaning: meaning in a few words.
        above: exclusive lower bound of the allowed range.
        at_least: inclusive lower bound, instead of `above`.
        label: name in figures; default `meaning`.
        latex: symbol in figures, in LaTeX; default `symbol`.
        display: unit in figures and the number of them in one SI unit; default the SI unit.
    """
    least, attained = (above, False) if at_least is None else (at_least, True)
    in_figures = (label or meaning, latex or symbol, *(display or (unit, 1.0)))
    known = Parameter(symbol, unit, meaning, least, attained, *in_figures)
    return dataclasses.field(default=default, metadata={"parameter": known})


class Parametrized(eqx.Module):
    """Object whose fields are parameters: floats, or arrays that broadcast.

    Raises:
        TypeError: a name that is not a field, or a value that is not real.
        ValueError: a value that is not finite or not in the range of its field.
    """

    # Type checkers see the constructor that the fields imply; this one adds the checks.
    if not TYPE_CHECKING:

        def __init_subclass__(cls, **options):
            super().__init_subclass__(**options)
            cls.__init__ = _constructor(cls)

    def replace(self: Same, **changes: Any) -> Same:
        """Copy with some fields changed.

        Args:
            **changes: new values by the names of the fields.

        Raises:
            TypeError: a name that is not a field, or a value that is not real.
            ValueError: a value that is not finite or not in the range of its field.
        """
        return dataclasses.replace(self, **changes)

    def rows(self) -> list[tuple[str, str, Any, str]]:
        """Rows of a table: meaning, symbol, value and unit of each parameter."""
        known = parameters_of(type(self))
        return [(p.meaning, p.symbol, getattr(self, name), p.unit) for name, p in known.items()]

    def admitted(self) -> Bool[Array, "..."]:
        """Whether all fields are finite and in range, elementwise; also for traced values."""
        verdict = jnp.array(True)
        for name, known in parameters_of(type(self)).items():
            verdict = verdict & known.admits(getattr(self, name))
        return verdict


def parameters_of(kind: type[Parametrized]) -> dict[str, Parameter]:
    """Descriptions of the parameters of a class by name."""
    return {field.name: field.metadata["parameter"] for field in dataclasses.fields(kind)}


def require_known(name: str, known: dict[str, Parameter], kind: str) -> None:
    """Raise TypeError unless a parameter is known, with a suggestion.

    Args:
        name: name of the parameter.
        known: known parameters by name.
        kind: what the name should be, for the message, for example "field of Taper".
    """
    if name not in known:
        raise TypeError(f"`{name}` is not a {kind}{did_you_mean(name, known)}")


def _constructor(kind: type) -> Callable[..., None]:
    """Constructor that checks its arguments, with the signature that the fields imply."""
    defaults = {
        name: field.default
        for name, field in vars(kind).items()
        if isinstance(field, dataclasses.Field)
    }

    def __init__(self, **values):
        known, what = parameters_of(kind), f"field of {kind.__name__}"
        for name in values:
            require_known(name, known, what)
        for name, default in defaults.items():
            setattr(self, name, _checked(name, values.get(name, default), known[name]))

    keywords = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default)
        for name, default in defaults.items()
    ]
    itself = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
    __init__.__qualname__ = f"{kind.__qualname__}.__init__"
    __init__.__signature__ = inspect.Signature([itself, *keywords])  # type: ignore[attr-defined]
    return __init__


def _checked(name: str, value, known: Parameter) -> Scalar:
    """Value as a float or an array in double precision; the values of tracers are not known."""
    if is_traced(value):
        return value.astype(float) if jnp.isrealobj(value) else value
    array = np.asarray(value)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"Argument `{name}` must be a real number or array, but is {value!r}.")
    wrong = array[~known.admits(array.astype(float))]
    if wrong.size:
        raise ValueError(f"Argument `{name}` must be {known.allowed}, but is {wrong[0]:g}.")
    return float(array) if array.ndim == 0 else jnp.asarray(array.astype(float))
