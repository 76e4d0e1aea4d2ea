"""Constraints of a problem file: the tables [[constraints]], each with its `kind`."""

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
    Reader,
    ReferenceDevice,
    directions,
    located_errors,
    number,
    one_of,
    quantity,
    read_entries,
)


class ConstraintKind(NamedTuple):
    """Description of a kind of constraint.

    Attributes:
        build: called with the reference device and the values of the keys.
        required: readers of the keys that an entry must have.
        optional: readers of the keys that it may have.
    """

    build: Callable[..., AbstractConstraint]
    required: Mapping[str, Reader] = {}
    optional: Mapping[str, Reader] = {}


def read_constraints(entries: Any, reference: ReferenceDevice) -> tuple[AbstractConstraint, ...]:
    """Constraints described by the tables [[constraints]].

    Args:
        entries: list of the tables.
        reference: device that multiples of rates refer to.

    Raises:
        ValueError: an unknown kind or key, a missing key, or a value that is not allowed; the
            message gives the number of the entry, counted from 1.
    """
    if not isinstance(entries, Sequence) or isinstance(entries, str):
        raise ValueError("[[constraints]]: must be a list of tables, each headed [[constraints]]")
    return tuple(_read(k, entry, reference) for k, entry in enumerate(entries, start=1))


def _read(k: int, entry: Any, reference: ReferenceDevice) -> AbstractConstraint:
    with located_errors(f"[[constraints]], number {k}"):
        name = read_entries(entry, dict.fromkeys(entry, str) | {"kind": one_of(KINDS)}, ["kind"])
        kind = KINDS[name["kind"]]
        readers = {"kind": str} | dict(kind.required) | dict(kind.optional)
        values = read_entries(entry, readers, kind.required)
        del values["kind"]
        return kind.build(reference, **values)


def _subject(value: Any) -> str | AbstractObjective:
    """Quantity that a bound applies to: the name of a field, or an objective."""
    if isinstance(value, str) and value in PARAMETERS:
        return value
    if isinstance(value, str) and value in NAMED:
        return NAMED[value]
    near = did_you_mean(str(value), [*PARAMETERS, *NAMED])
    raise ValueError(f"must be a field of the device or an objective, but is {value!r}{near}")


def _compared(
    relation: Callable[..., AbstractConstraint],
    reference: ReferenceDevice,
    of: str | AbstractObjective,
    bound: Quantity,
    scale: Quantity | None = None,
) -> AbstractConstraint:
    unit = PARAMETERS[of].unit if isinstance(of, str) else ""
    options = {} if scale is None else {"scale": reference.value("scale", scale, unit)}
    return relation(of, reference.value("bound", bound, unit), **options)


def _stable(reference: ReferenceDevice, margin: Quantity, **options: Any) -> AbstractConstraint:
    return constraints.Stable(reference.value("margin", margin), **_directions(**options))


def _single_valued(reference: ReferenceDevice, **options: Any) -> AbstractConstraint:
    return constraints.SingleValued(**_directions(**options))


def _spin_limit(
    reference: ReferenceDevice, share: float = 1.0, **taper: float
) -> AbstractConstraint:
    return constraints.BelowSpinLimit(Taper(**taper), share)


def _directions(light: tuple[Direction, ...] | None = None) -> dict[str, Any]:
    return {} if light is None else {"directions": light}


def _comparison(relation: Callable[..., AbstractConstraint]) -> ConstraintKind:
    required = {"of": _subject, "bound": quantity}
    return ConstraintKind(functools.partial(_compared, relation), required, {"scale": quantity})


KINDS: dict[str, ConstraintKind] = {
    "at-least": _comparison(constraints.AtLeast),
    "at-most": _comparison(constraints.AtMost),
    "equal": _comparison(constraints.Equal),
    "stable": ConstraintKind(_stable, {"margin": quantity}, {"light": directions}),
    "single-valued": ConstraintKind(_single_valued, {}, {"light": directions}),
    "spin-limit": ConstraintKind(
        _spin_limit, {}, {"share": number} | dict.fromkeys(OF_TAPER, number)
    ),
    "equal-photons": ConstraintKind(lambda reference: constraints.EqualPhotons()),
    "equal-entanglement": ConstraintKind(lambda reference: constraints.EqualEntanglement()),
}
"""Kinds of constraints by their names in a problem file."""
