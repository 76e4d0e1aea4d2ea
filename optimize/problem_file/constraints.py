"""The table [[constraints]] of a problem file: each entry has a kind, and what belongs to it."""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from jaxcom import Direction
from jaxcom.io.quantities import Quantity
from jaxcom.resonator import PARAMETERS
from jaxcom.support.suggestions import did_you_mean
from jaxcom.taper import Taper
from jaxcom.taper.fiber import PARAMETERS as OF_TAPER

from .. import constraints
from ..constraints import AbstractConstraint
from ..objectives import NAMED, AbstractObjective
from .reading import (
    Frame,
    Reader,
    amount,
    light,
    number,
    one_of,
    read_entries,
    told_with,
)


class Kind(NamedTuple):
    """A kind of constraint: how it is built, and which entries it needs or may have."""

    build: Callable[..., AbstractConstraint]
    needs: Mapping[str, Reader] = {}
    may: Mapping[str, Reader] = {}


def read_constraints(entries: Any, frame: Frame) -> tuple[AbstractConstraint, ...]:
    """The constraints that the entries describe.

    Raises:
        ValueError: an unknown kind or key, a missing key, a value that is not allowed; the message
            counts the entries from 1.
    """
    if not isinstance(entries, Sequence) or isinstance(entries, str):
        raise ValueError("[[constraints]]: it must be a list of tables; write [[constraints]]")
    return tuple(_read(k, entry, frame) for k, entry in enumerate(entries, start=1))


def _read(k: int, entry: Any, frame: Frame) -> AbstractConstraint:
    with told_with(f"[[constraints]], number {k}"):
        name = read_entries(entry, dict.fromkeys(entry, str) | {"kind": one_of(KINDS)}, ["kind"])
        kind = KINDS[name["kind"]]
        readers = {"kind": str} | dict(kind.needs) | dict(kind.may)
        values = read_entries(entry, readers, kind.needs)
        del values["kind"]
        return kind.build(frame, **values)


def _subject(value: Any) -> str | AbstractObjective:
    """What a bound is set for: a field by its name, or an objective."""
    if isinstance(value, str) and value in PARAMETERS:
        return value
    if isinstance(value, str) and value in NAMED:
        return NAMED[value]
    near = did_you_mean(str(value), [*PARAMETERS, *NAMED])
    raise ValueError(f"must be a field of the device or an objective, not {value!r}{near}")


def _compared(
    relation: Callable[..., AbstractConstraint],
    frame: Frame,
    of: str | AbstractObjective,
    bound: Quantity,
    scale: Quantity | None = None,
) -> AbstractConstraint:
    unit = PARAMETERS[of].unit if isinstance(of, str) else ""
    options = {} if scale is None else {"scale": frame.number("scale", scale, unit)}
    return relation(of, frame.number("bound", bound, unit), **options)


def _stable(frame: Frame, margin: Quantity, **options: Any) -> AbstractConstraint:
    return constraints.Stable(frame.number("margin", margin), **_directions(**options))


def _single_valued(frame: Frame, **options: Any) -> AbstractConstraint:
    return constraints.SingleValued(**_directions(**options))


def _spin_limit(frame: Frame, share: float = 1.0, **taper: float) -> AbstractConstraint:
    return constraints.BelowSpinLimit(Taper(**taper), share)


def _directions(light: tuple[Direction, ...] | None = None) -> dict[str, Any]:
    return {} if light is None else {"directions": light}


def _comparison(relation: Callable[..., AbstractConstraint]) -> Kind:
    needs = {"of": _subject, "bound": amount}
    return Kind(functools.partial(_compared, relation), needs, {"scale": amount})


KINDS: dict[str, Kind] = {
    "at-least": _comparison(constraints.at_least),
    "at-most": _comparison(constraints.at_most),
    "equal": _comparison(constraints.equal),
    "stable": Kind(_stable, {"margin": amount}, {"light": light}),
    "single-valued": Kind(_single_valued, {}, {"light": light}),
    "spin-limit": Kind(_spin_limit, {}, {"share": number} | dict.fromkeys(OF_TAPER, number)),
    "equal-photons": Kind(lambda frame: constraints.equal_photons()),
    "equal-entanglement": Kind(lambda frame: constraints.equal_entanglement()),
}
"""The constraints by the names that a problem file knows."""
