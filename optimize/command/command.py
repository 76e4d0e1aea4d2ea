"""`jaxcom optimize`: the best design of a box, and a report of it."""

import argparse
import contextlib
import functools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from jaxcom.cli import arguments
from jaxcom.cli.folders import add_folder, folder_of_results
from jaxcom.cli.parser import Parser
from jaxcom.io.design_file import read_design
from jaxcom.io.quantities import quantity_or_range
from jaxcom.resonator import PARAMETERS
from jaxcom.support.provenance import provenance
from jaxcom.support.tables import table

from ..maximize import maximize
from ..objectives import NAMED
from ..problem_file import (
    DEFAULT_BOX,
    Study,
    merged,
    packaged,
    problem_path,
    read_settings,
    study_of,
    write_settings,
)
from ..problem_file.reading import told_with
from ..problem_file.robust import MEASURES
from ..report import FILES, write_report
from ..results.optimum import Optimum, SearchStatus
from ..robustness import RobustDesign, robust_design
from ..search.search import Plan
from .unfinished import Unfinished, problem_left_in

FOLDER = "jaxcom-optimum"
EVERY = 5.0
"""Seconds between two checkpoints."""

_VALUES = """a range frees a field, a value fixes it; a value is a number, or a number times omega_m
or kappa where a rate is asked for, and the factor of a range holds for both ends:
0..30e3, -1..4*omega_m, log:1e6..1e9 (searched in the logarithm), 23e3, 0.5*kappa
where no range is given, the box is """ + ", ".join(
    f"{arguments.flag(name)}={text}" for name, text in DEFAULT_BOX.items()
)

_TABLES = f"""
A problem file may also have the words `title` and `question`, which head the report, and

  [[constraints]]                [tolerances]
  kind = "at-least"              power = "2 %"
  of = "left"                    detuning = "uniform 0.01*omega_m"
  bound = 0.1                    [robust]
                                 measure = "quantile"
                                 level = 0.05

kinds of constraints, and their keys; those in parentheses may be left out:
  at-least, at-most, equal       of (a field or an objective), bound, (scale)
  stable                         margin, (light: left, right, both)
  single-valued                  (light)
  spin-limit                     (share, separation, viscosity, ... of the taper)
  equal-photons, equal-entanglement
measures: {", ".join(MEASURES)}; a quantile has a level, a yield a threshold.

With tolerances the design that bears them best is searched beside the nominal one.
`jaxcom optimize --list` tells which problems come along.

The exit code is 1 where no start finds a stable design; nothing is written then.
"""


def prepare(argv: Sequence[str]) -> Callable[[], int]:
    """Read what is to be searched, and how."""
    chosen = _parser().parse_args(argv)
    arguments.use_cache(chosen)
    if chosen.list:
        return _list
    _require_sensible_flags(chosen)
    settings, source = _filed(chosen)
    with told_with(str(source)) if source else contextlib.nullcontext():
        study = study_of(merged(settings, _flags(chosen)))
    chosen.out = chosen.out or settings.get("search", {}).get("out")
    return functools.partial(_run, chosen, study)


def _require_sensible_flags(chosen: argparse.Namespace) -> None:
    if chosen.problem and chosen.config:
        raise ValueError("a PROBLEM and `--config` say the same; give one of them")
    if chosen.resume and chosen.out is None:
        raise ValueError("`--resume` needs `--out`, the folder of the search to go on with")
    if chosen.resume and chosen.overwrite:
        raise ValueError("`--resume` and `--overwrite` exclude each other; give one of them")


def _list() -> int:
    """Print the problems that come along."""
    found = [(name, read_settings(path)) for name, path in packaged().items()]
    rows = [(name, settings.get("title", "")) for name, settings in found]
    print(table("Problems: jaxcom optimize NAME", [rows]))
    return 0


def _filed(chosen: argparse.Namespace) -> tuple[dict[str, Any], Path | None]:
    """The settings in the file that the user names, or in the folder to go on with; and which."""
    named = chosen.problem and problem_path(chosen.problem)
    path = named or chosen.config or (problem_left_in(Path(chosen.out)) if chosen.resume else None)
    if path is None and chosen.resume:
        raise FileNotFoundError(f"{chosen.out} holds no unfinished search; name a problem to begin")
    return (read_settings(path), Path(path)) if path else ({}, None)


def _flags(chosen: argparse.Namespace) -> dict[str, Any]:
    """The flags as settings."""
    search = {name: getattr(chosen, name) for name in _SEARCH}
    device = {name: getattr(chosen, name) for name in PARAMETERS}
    tables: dict[str, Any] = {"search": _given(search), "device": _given(device)}
    if chosen.design is not None:
        base = read_design(chosen.design)
        tables["design"] = {name: getattr(base, name) for name in PARAMETERS}
    return tables


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _run(chosen: argparse.Namespace, study: Study) -> int:
    """Search, print what was found, write the report."""
    with _folder(chosen) as folder, _unfinished(chosen, study, folder) as unfinished:
        options = study.options | {
            "progress": False if chosen.quiet else None,
            "checkpoint": unfinished,
        }
        found = _searched(study, options)
        print(found)
        best = found if isinstance(found, Optimum) else found.robust.optimum
        if best.status == SearchStatus.NOTHING_FEASIBLE:
            unfinished.remove()
            return 1
        for path in write_report(found, folder, study):
            print(f"written: {path}")
        unfinished.remove()
    return 0


def _searched(study: Study, options: dict[str, Any]) -> Optimum | RobustDesign:
    """The best design, or with tolerances that and the one that bears them best."""
    asked = study.objective, study.resonator, study.box
    if study.robustness is None:
        return maximize(*asked, **options)
    measure, tolerances, samples, devices = study.robustness
    return robust_design(measure, *asked, tolerances, samples=samples, fresh=devices, **options)


def _folder(chosen: argparse.Namespace) -> contextlib.AbstractContextManager[Path]:
    """The folder of the report; one that a run was going to replace may be."""
    goes_on = chosen.resume and problem_left_in(Path(chosen.out)) is not None
    return folder_of_results(chosen.out, FOLDER, FILES, chosen.overwrite or goes_on)


@contextlib.contextmanager
def _unfinished(chosen: argparse.Namespace, study: Study, folder: Path) -> Iterator[Unfinished]:
    """Where the run stands, in its folder; removed if nothing was reached."""
    problem = f"# {_versions()}\n{write_settings(study.settings)}"
    unfinished = Unfinished(
        folder, problem, resume=chosen.resume, overwrite=chosen.overwrite, every=EVERY
    )
    try:
        yield unfinished
    finally:
        unfinished.remove_if_fresh()


def _versions() -> str:
    return "jaxcom {jaxcom}, jax {jax}, {platform}".format(**provenance())


def _parser() -> Parser:
    parser = Parser(
        prog="jaxcom optimize",
        usage="jaxcom optimize [PROBLEM] [flags]",
        description="Search a box of designs for the one that maximises an objective, by "
        "gradients from many starts. By default: Table I's device, maximal |Delta E_N|.",
        epilog=arguments.PRECEDENCE + _TABLES,
    )
    parser.add_argument(
        "problem", nargs="?", metavar="PROBLEM",
        help="a problem file, as for --config, or the name of one that comes along",
    )  # fmt: skip
    _add_search(parser)
    _add_results(parser)
    arguments.add_device(parser, _as_written, _VALUES)
    return parser


def _as_written(text: str) -> str:
    """A value of a field as the user wrote it, once it can be read."""
    quantity_or_range(text)
    return text


_SEARCH = ("objective", "starts", "steps", "rounds", "polish", "seed", "margin")


def _add_search(parser: Parser) -> None:
    search = parser.add_argument_group("the search")
    objectives = ", ".join(f"{name}: {objective.name}" for name, objective in NAMED.items())
    search.add_argument(
        "--objective", choices=NAMED, metavar="NAME",
        help=f"what to maximise; {objectives}; default nonreciprocity",
    )  # fmt: skip
    for name, text in [
        ("starts", "designs that climb in parallel"),
        ("steps", "steps of a climb"),
        ("rounds", "how often to begin anew at most"),
        ("polish", "how many of the best designs of a round to polish"),
    ]:
        search.add_argument(
            f"--{name}", type=arguments.count, metavar="N",
            help=f"{text}; default {getattr(Plan(), name)}",
        )  # fmt: skip
    search.add_argument(
        "--seed", type=arguments.whole, metavar="N", help="of the starts; default 0"
    )
    search.add_argument(
        "--margin", type=arguments.reader(_as_written), metavar="X",
        help="of stability, in rad/s or as a multiple: how fast every disturbance must decay; "
        "default gamma_m / 10",
    )  # fmt: skip


def _add_results(parser: Parser) -> None:
    results = parser.add_argument_group("results")
    add_folder(results, FOLDER, "report")
    results.add_argument(
        "--resume", action="store_true",
        help="go on with the search in --out that was interrupted, to the same result",
    )  # fmt: skip
    results.add_argument("--list", action="store_true", help="tell the problems that come along")
    results.add_argument("--quiet", action="store_true", help="show no progress")
