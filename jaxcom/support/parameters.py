"""Classes whose fields are physical parameters: described once, checked on construction."""

import dataclasses
import inspect
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Bool, Float

from jaxcom.support.suggestions import did_you_mean

Scalar = float | Float[Array, "..."]
Same = TypeVar("Same", bound="Parametrized")


class Parameter(NamedTuple):
    """Description of a parameter: symbol, unit, meaning and allowed range."""

    symbol: str
    unit: str
    meaning: str
    least: float
    attained: bool

    @property
    def allowed(self) -> str:
        """Allowed range of the values as text."""
        if self.least == -math.inf:
            return "finite"
        return f"finite and {'at least' if self.attained else 'above'} {self.least:g}"

    def admits(self, value):
        """Whether values are finite and in range, elementwise; NumPy or JAX arrays."""
        finite = abs(value) < math.inf
        return finite & (value >= self.least if self.attained else value > self.least)


def parameter(
    default: float, symbol: str, unit: str, meaning: str, *, above=-math.inf, at_least=None
) -> Any:
    """Field of a `Parametrized` class, with its default and its description."""
    least, attained = (above, False) if at_least is None else (at_least, True)
    known = Parameter(symbol, unit, meaning, least, attained)
    return dataclasses.field(default=default, metadata={"parameter": known})


class Parametrized(eqx.Module):
    """Object whose fields are parameters: floats, or arrays that broadcast.

    Raises:
        TypeError: a name that is no field, or a value that is not real.
        ValueError: a value that is not finite or not in the range of its field.
    """

    # Type checkers see the constructor that the fields imply; this one adds the checks.
    if not TYPE_CHECKING:

        def __init_subclass__(cls, **options):
            super().__init_subclass__(**options)
            cls.__init__ = _constructor(cls)

    def replace(self: Same, **changes: Any) -> Same:
        """Copy with some fields changed.

        Raises:
            TypeError: a name that is no field, or a value that is not real.
            ValueError: a value that is not finite or not in the range of its field.
        """
        return dataclasses.replace(self, **changes)

    def rows(self) -> list[tuple[str, str, Any, str]]:
        """Rows of a table: meaning, symbol, value and unit of each parameter."""
        known = parameters_of(type(self))
        return [(p.meaning, p.symbol, getattr(self, name), p.unit) for name, p in known.items()]

    def admitted(self) -> Bool[Array, "..."]:
        """Whether all fields are finite and in range, elementwise; traced values are judged so."""
        verdict = jnp.array(True)
        for name, known in parameters_of(type(self)).items():
            verdict = verdict & known.admits(getattr(self, name))
        return verdict


def parameters_of(kind: type[Parametrized]) -> dict[str, Parameter]:
    """Parameters of a class by name."""
    return {field.name: field.metadata["parameter"] for field in dataclasses.fields(kind)}


def require_known(name: str, known: dict[str, Parameter], kind: str) -> None:
    """Raise TypeError, with a suggestion, unless there is a parameter of that name."""
    if name not in known:
        raise TypeError(f"`{name}` is no {kind}{did_you_mean(name, known)}")


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
    """Value as a float or a floating array; tracers pass, since their values are not known."""
    if isinstance(value, Tracer):
        return value
    array = np.asarray(value)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"Argument `{name}` must be a real number or array, but is {value!r}.")
    wrong = array[~known.admits(array.astype(float))]
    if wrong.size:
        raise ValueError(f"Argument `{name}` must be {known.allowed}, but is {wrong[0]:g}.")
    return float(array) if array.ndim == 0 else jnp.asarray(array.astype(float))
