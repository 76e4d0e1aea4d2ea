"""Objects made of physical parameters: described once, checked where a person enters values."""

import dataclasses
import math
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Bool, Float

from jaxcom.suggestions import did_you_mean

Scalar = float | Float[Array, "..."]
Same = TypeVar("Same", bound="Parametrized")


class Parameter(NamedTuple):
    """What is known of a parameter besides its value."""

    symbol: str
    unit: str
    meaning: str
    least: float
    attained: bool

    @property
    def allowed(self) -> str:
        """The range of the values in words."""
        if self.least == -math.inf:
            return "finite"
        return f"finite and {'at least' if self.attained else 'above'} {self.least:g}"

    def admits(self, value):
        """Elementwise: is the value finite and in range? Works on NumPy and JAX arrays alike."""
        finite = abs(value) < math.inf
        return finite & (value >= self.least if self.attained else value > self.least)


def parameter(
    default: float, symbol: str, unit: str, meaning: str, *, above=-math.inf, at_least=None
) -> Any:
    """A field of a `Parametrized` class, with its default and all that is known of it."""
    least, attained = (above, False) if at_least is None else (at_least, True)
    known = Parameter(symbol, unit, meaning, least, attained)
    return dataclasses.field(default=default, metadata={"parameter": known})


class Parametrized(eqx.Module):
    """An object whose fields are parameters: floats, or arrays that broadcast.

    Raises:
        TypeError: a name that is no field, or a value that is not real.
        ValueError: a value that is not finite or not in the range of its field.
    """

    # Type checkers see the constructor that the fields imply; this one adds the checks.
    if not TYPE_CHECKING:

        def __init__(self, **values):
            known, kind = parameters_of(type(self)), f"field of {type(self).__name__}"
            for name in values:
                require_known(name, known, kind)
            for field in dataclasses.fields(self):
                value = values.get(field.name, field.default)
                setattr(self, field.name, _checked(field.name, value, known[field.name]))

    def replace(self: Same, **changes: Any) -> Same:
        """The same with some fields changed; errors as for the constructor."""
        return dataclasses.replace(self, **changes)

    def rows(self) -> list[tuple[str, str, Any, str]]:
        """Meaning, symbol, value and unit of each parameter, for a table."""
        known = parameters_of(type(self))
        return [(p.meaning, p.symbol, getattr(self, name), p.unit) for name, p in known.items()]

    def admitted(self) -> Bool[Array, "..."]:
        """Elementwise: are all fields finite and in range? What traced values are judged by."""
        verdict = jnp.array(True)
        for name, known in parameters_of(type(self)).items():
            verdict = verdict & known.admits(getattr(self, name))
        return verdict


def parameters_of(kind: type[Parametrized]) -> dict[str, Parameter]:
    """The parameters of a class, by their names."""
    return {field.name: field.metadata["parameter"] for field in dataclasses.fields(kind)}


def require_known(name: str, known: dict[str, Parameter], kind: str) -> None:
    """Raise TypeError, with a suggestion, unless there is a parameter of that name."""
    if name not in known:
        raise TypeError(f"`{name}` is no {kind}{did_you_mean(name, known)}")


def _checked(name: str, value, known: Parameter) -> Scalar:
    """The value as a float or a floating array; tracers pass, for their values are not known."""
    if isinstance(value, Tracer):
        return value
    array = np.asarray(value)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"Argument `{name}` must be a real number or array, but is {value!r}.")
    wrong = array[~known.admits(array.astype(float))]
    if wrong.size:
        raise ValueError(f"Argument `{name}` must be {known.allowed}, but is {wrong[0]:g}.")
    return float(array) if array.ndim == 0 else jnp.asarray(array.astype(float))
