"""Study: the problem that a problem file describes, and the options of its search."""

import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from jaxcom import SpinningResonator
from jaxcom.io.quantities import QuantityOrRange, Range, with_quantities
from jaxcom.resonator import DETUNING_WINDOW, PARAMETERS
from jaxcom.support.suggestions import did_you_mean

from ..box import Box, Interval, Linear, Log
from ..constraints import AbstractConstraint
from ..objectives import NAMED, AbstractObjective
from ..search.search import SearchOptions
from .constraints import read_constraints
from .packaged import problem_path
from .reading import (
    Reader,
    ReferenceDevice,
    located_errors,
    nonnegative_int,
    number,
    one_of,
    positive_int,
    quantity,
    quantity_or_range,
    read_entries,
    text,
)
from .robust import Robustness, read_robustness
from .toml import Settings, merge_settings, read_settings

DEFAULT_BOX: dict[str, str] = {
    "spin": "0..30e3",
    "power": "1e-3..20e-3",
    "detuning": "{:g}..{:g}*omega_m".format(*DETUNING_WINDOW),
}
"""Box of a search that frees no field."""

DEFAULT_OBJECTIVE = "abs_nonreciprocity"
"""Name, in `NAMED`, of the objective of a search that names none."""

STRINGS = ("title", "question")
TABLES = ("design", "device", "search", "constraints", "tolerances", "robust")
OF_SCANS = ("axes", "scan")
"""Tables of `jaxcom scan`, which the same file may hold; they are ignored."""

_PLAN: dict[str, Reader] = dict.fromkeys(("starts", "steps", "rounds", "polish"), positive_int)
_SEARCH: dict[str, Reader] = {"objective": one_of(NAMED)} | _PLAN
_SEARCH |= {"seed": nonnegative_int, "margin": quantity, "out": text}
_DEFAULTS = {"objective": DEFAULT_OBJECTIVE} | {
    name: value for name, value in SearchOptions()._asdict().items() if name in _SEARCH
}


class Study(NamedTuple):
    """Problem of a search, and the options of the search.

    Attributes:
        title: title of the report.
        question: question that the search answers, a sentence.
        objective: objective to maximize.
        resonator: values of all fields that the box does not free, and the design to compare with.
        box: free fields and their bounds.
        constraints: constraints that the design must satisfy.
        margin: required stability margin in rad/s; None for the default of `maximize`.
        plan: extent of the search.
        robustness: tolerances and measure; None for exact devices.
        settings: content of the problem file, with all defaults written out.
    """

    title: str
    question: str
    objective: AbstractObjective
    resonator: SpinningResonator
    box: Box
    constraints: tuple[AbstractConstraint, ...]
    margin: float | None
    plan: SearchOptions
    robustness: Robustness | None
    settings: dict[str, Any]

    @property
    def options(self) -> dict[str, Any]:
        """Keyword arguments of `maximize`, besides the objective, the resonator and the box."""
        of_plan = {key: getattr(self.plan, key) for key in (*_PLAN, "seed")}
        return of_plan | {"constraints": self.constraints, "margin": self.margin}


def read_study(path: str | os.PathLike) -> Study:
    """Study described by a problem file.

    Args:
        path: path of the file, or the name of a packaged problem.

    Raises:
        OSError: the file cannot be read.
        ValueError: an entry is unknown or not allowed; the message names file, table and key.

    >>> study = read_study("nonreciprocity")
    >>> study.objective.name, study.box.names
    ('|Delta E_N|', ('detuning', 'power', 'spin'))
    """
    found = problem_path(path)
    settings = read_settings(found)
    with located_errors(str(found)):
        return study_from_settings(settings)


def study_from_settings(settings: Settings) -> Study:
    """Study described by the content of a problem file; `jaxcom optimize --help` explains it.

    Args:
        settings: tables by name, and the strings `title` and `question`.

    Raises:
        ValueError: an entry is unknown or not allowed; the message names table and key.

    >>> study_from_settings({"search": {"strats": 3}})
    Traceback (most recent call last):
    ValueError: [search]: unknown key `strats`: did you mean `starts`?
    """
    tables = _tables(settings)
    base = _base(tables["design"])
    with located_errors("[device]"):
        readers = dict.fromkeys(PARAMETERS, quantity_or_range)
        fields = _with_default_box(read_entries(tables["device"], readers))
        device = with_quantities(base, fields)
        ranges = {name: value for name, value in fields.items() if isinstance(value, Range)}
        box = Box(**{name: _interval(value, device) for name, value in ranges.items()})
    reference = ReferenceDevice(device, box.names)
    search = _read_search(tables["search"], reference)
    constraints = read_constraints(tables["constraints"], reference)
    robustness = None
    if tables["tolerances"]:
        robustness = read_robustness(tables["tolerances"], tables["robust"], reference)
    elif tables["robust"]:
        raise ValueError("[robust]: requires a table [tolerances]")
    return Study(
        title=str(settings.get("title", "")),
        question=str(settings.get("question", "")),
        objective=NAMED[search["objective"]],
        resonator=device,
        box=box,
        constraints=constraints,
        margin=search.get("margin"),
        plan=SearchOptions(**{key: search[key] for key in (*_PLAN, "seed")}),
        robustness=robustness,
        settings=_resolved(settings, base, fields),
    )


def _tables(settings: Settings) -> dict[str, Any]:
    """Tables of a file, empty ones where it has none; ValueError for an unknown table."""
    for key in settings:
        if key not in (*STRINGS, *TABLES, *OF_SCANS):
            raise ValueError(f"unknown table `{key}`{did_you_mean(key, (*STRINGS, *TABLES))}")
    read_entries({k: settings[k] for k in STRINGS if k in settings}, dict.fromkeys(STRINGS, text))
    return {name: settings.get(name, [] if name == "constraints" else {}) for name in TABLES}


def _base(entries: Any) -> SpinningResonator:
    """Design that the table [design] holds; fields that it lacks are those of Table I."""
    with located_errors("[design]"):
        return SpinningResonator(**read_entries(entries, dict.fromkeys(PARAMETERS, number)))


def _read_search(entries: Any, reference: ReferenceDevice) -> dict[str, Any]:
    """Entries of the table [search] and their defaults, with the margin in rad/s."""
    with located_errors("[search]"):
        search: dict[str, Any] = _DEFAULTS | read_entries(entries, _SEARCH)
        if "margin" not in search:
            return search
        margin = reference.value("margin", search["margin"])
        if not 0 <= margin < float("inf"):
            raise ValueError(f"`margin` must be finite and at least 0, but is {margin:g}")
        return search | {"margin": margin}


def _resolved(
    settings: Settings, base: SpinningResonator, fields: Mapping[str, QuantityOrRange]
) -> dict[str, Any]:
    """Settings with all defaults written out, without the folder for the results."""
    design = {name: float(getattr(base, name)) for name in PARAMETERS}
    box = {name: DEFAULT_BOX[name] for name in fields if name not in settings.get("device", {})}
    defaults = {"design": design, "device": box, "search": _DEFAULTS}
    resolved = merge_settings(defaults, settings)
    resolved["search"] = {k: v for k, v in resolved["search"].items() if k != "out"}
    resolved["device"] = {k: _range_as_text(v) for k, v in resolved["device"].items()}
    return {key: resolved[key] for key in (*STRINGS, *TABLES) if key in resolved}


def _range_as_text(value: Any) -> Any:
    """Pair of ends as the text of a range, which stays on one line in a TOML file."""
    return f"{value[0]}..{value[1]}" if isinstance(value, list) else value


def _with_default_box(fields: Mapping[str, QuantityOrRange]) -> dict[str, QuantityOrRange]:
    """Given fields and, if none of them has a range, the default box for those not given."""
    if any(isinstance(value, Range) for value in fields.values()):
        return dict(fields)
    default = {name: quantity_or_range(text) for name, text in DEFAULT_BOX.items()}
    return default | dict(fields)


def _interval(ends: Range, device: SpinningResonator) -> Interval:
    kind = Log if ends.logarithmic else Linear
    return kind(ends.low.to_si(device), ends.high.to_si(device))
