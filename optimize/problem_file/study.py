"""A study: a problem file, understood."""

import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from jaxcom import SpinningResonator
from jaxcom.io.quantities import Given, Range, fixed
from jaxcom.resonator import PARAMETERS
from jaxcom.support.suggestions import did_you_mean

from ..box import Box, Interval, Linear, Log
from ..constraints import AbstractConstraint
from ..objectives import NAMED, AbstractObjective
from ..search.search import Plan
from .constraints import read_constraints
from .reading import (
    Frame,
    Reader,
    amount,
    count,
    given,
    number,
    one_of,
    read_entries,
    text,
    told_with,
    whole,
)
from .robust import Robustness, read_robustness
from .shipped import problem_path
from .toml import Settings, merged, read_settings

DEFAULT_BOX: dict[str, str] = {
    "spin": "0..30e3",
    "power": "1e-3..20e-3",
    "detuning": "-1..4*omega_m",
}
"""What is searched where no field is freed."""

WORDS = ("title", "question")
TABLES = ("design", "device", "search", "constraints", "tolerances", "robust")
OF_SCANS = ("axes", "scan")
"""Tables of `jaxcom scan`, which the same file may hold."""

_PLAN: dict[str, Reader] = dict.fromkeys(("starts", "steps", "rounds", "polish"), count)
_SEARCH: dict[str, Reader] = {"objective": one_of(NAMED)} | _PLAN
_SEARCH |= {"seed": whole, "margin": amount, "out": text}
_DEFAULTS = {"objective": "nonreciprocity"} | {
    name: value for name, value in Plan()._asdict().items() if name in _SEARCH
}


class Study(NamedTuple):
    """What is asked, where it is searched, and how.

    Attributes:
        title: of the report.
        question: that the search answers, in a sentence.
        objective: what is maximised.
        resonator: gives all fields that the box does not free, and the design to compare with.
        box: the free fields and their bounds.
        constraints: that the design must satisfy.
        margin: of stability, in rad/s; None for that of `maximize`.
        plan: how much is done.
        robustness: what the design must bear; None if all is as designed.
        settings: the problem file again, with nothing left to defaults.
    """

    title: str
    question: str
    objective: AbstractObjective
    resonator: SpinningResonator
    box: Box
    constraints: tuple[AbstractConstraint, ...]
    margin: float | None
    plan: Plan
    robustness: Robustness | None
    settings: dict[str, Any]

    @property
    def options(self) -> dict[str, Any]:
        """Those of `maximize`, beside objective, resonator and box."""
        of_plan = {key: getattr(self.plan, key) for key in (*_PLAN, "seed")}
        return of_plan | {"constraints": self.constraints, "margin": self.margin}


def read_study(path: str | os.PathLike) -> Study:
    """The study that a problem file describes.

    Args:
        path: of the file, or the name of one that comes with the library.

    Raises:
        OSError: the file cannot be read.
        ValueError: what it says is not allowed; the message names file, table and key.

    >>> study = read_study("nonreciprocity")
    >>> study.objective.name, study.box.names
    ('|Delta E_N|', ('detuning', 'power', 'spin'))
    """
    found = problem_path(path)
    settings = read_settings(found)
    with told_with(str(found)):
        return study_of(settings)


def study_of(settings: Settings) -> Study:
    """The study that settings describe; see `jaxcom optimize --help` for what they may hold.

    Raises:
        ValueError: what they say is not allowed; the message names table and key.

    >>> study_of({"search": {"strats": 3}})
    Traceback (most recent call last):
    ValueError: [search]: unknown key `strats`: did you mean `starts`?
    """
    tables = _require_known(settings)
    base = _base(tables["design"])
    with told_with("[device]"):
        fields = _with_default_box(read_entries(tables["device"], dict.fromkeys(PARAMETERS, given)))
        start = fixed(base, fields)
        ranges = {name: value for name, value in fields.items() if isinstance(value, Range)}
        box = Box(**{name: _interval(value, start) for name, value in ranges.items()})
    frame = Frame(start, box.names)
    search = _read_search(tables["search"], frame)
    constraints = read_constraints(tables["constraints"], frame)
    robustness = None
    if tables["tolerances"]:
        robustness = read_robustness(tables["tolerances"], tables["robust"], frame)
    elif tables["robust"]:
        raise ValueError("[robust]: it needs a table [tolerances]")
    return Study(
        title=str(settings.get("title", "")),
        question=str(settings.get("question", "")),
        objective=NAMED[search["objective"]],
        resonator=start,
        box=box,
        constraints=constraints,
        margin=search.get("margin"),
        plan=Plan(**{key: search[key] for key in (*_PLAN, "seed")}),
        robustness=robustness,
        settings=_resolved(settings, base, fields),
    )


def _require_known(settings: Settings) -> dict[str, Any]:
    """The tables of a file, empty where it has none."""
    for key in settings:
        if key not in (*WORDS, *TABLES, *OF_SCANS):
            raise ValueError(f"unknown table `{key}`{did_you_mean(key, (*WORDS, *TABLES))}")
    read_entries({k: settings[k] for k in WORDS if k in settings}, dict.fromkeys(WORDS, text))
    return {name: settings.get(name, [] if name == "constraints" else {}) for name in TABLES}


def _base(entries: Any) -> SpinningResonator:
    with told_with("[design]"):
        return SpinningResonator(**read_entries(entries, dict.fromkeys(PARAMETERS, number)))


def _read_search(entries: Any, frame: Frame) -> dict[str, Any]:
    with told_with("[search]"):
        search: dict[str, Any] = _DEFAULTS | read_entries(entries, _SEARCH)
        if "margin" not in search:
            return search
        margin = frame.number("margin", search["margin"])
        if not 0 <= margin < float("inf"):
            raise ValueError(f"`margin` must be finite and at least 0, but is {margin:g}")
        return search | {"margin": margin}


def _resolved(
    settings: Settings, base: SpinningResonator, fields: Mapping[str, Given]
) -> dict[str, Any]:
    """The settings with all defaults written out; where results go is not part of the problem."""
    design = {name: float(getattr(base, name)) for name in PARAMETERS}
    box = {name: DEFAULT_BOX[name] for name in fields if name not in settings.get("device", {})}
    defaults = {"design": design, "device": box, "search": _DEFAULTS}
    whole = merged(defaults, settings)
    whole["search"] = {key: value for key, value in whole["search"].items() if key != "out"}
    return {key: whole[key] for key in (*WORDS, *TABLES) if key in whole}


def _with_default_box(fields: Mapping[str, Given]) -> dict[str, Given]:
    """What is given; where that frees nothing, also the default box of the fields not given."""
    if any(isinstance(value, Range) for value in fields.values()):
        return dict(fields)
    default = {name: given(words) for name, words in DEFAULT_BOX.items()}
    return default | dict(fields)


def _interval(span: Range, device: SpinningResonator) -> Interval:
    return (Log if span.logarithmic else Linear)(span.low.of(device), span.high.of(device))
