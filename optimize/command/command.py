"""Command `jaxcom optimize`: search for the best design in a box, and report it."""

import argparse
import contextlib
import functools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from jaxcom.cli import arguments
from jaxcom.cli.exit_codes import ExitCode
from jaxcom.cli.folders import add_folder_flags, results_folder
from jaxcom.cli.parser import Parser
from jaxcom.io.design_file import read_design
from jaxcom.io.quantities import read_quantity_or_range
from jaxcom.resonator import PARAMETERS
from jaxcom.support.interruption import continued_by, keeping
from jaxcom.support.provenance import provenance
from jaxcom.support.tables import table

from ..maximize import maximize
from ..objectives import NAMED
from ..problem_file import Study, packaged_problems
from ..problem_file.packaged import problem_path
from ..problem_file.reading import located_errors
from ..problem_file.robust import MEASURES
from ..problem_file.study import DEFAULT_BOX, DEFAULT_OBJECTIVE, study_from_settings
from ..problem_file.toml import merge_settings, read_settings, write_settings
from ..report import write_report
from ..report.folder import FILES
from ..results.optimum import Optimum, SearchStatus
from ..robustness import RobustDesign, robust_design
from ..search.search import SearchOptions
from .checkpoint_folder import CheckpointFolder, unfinished_problem

FOLDER = "jaxcom-optimum"
CHECKPOINT_SECONDS = 5.0
"""Minimum number of seconds between two checkpoints."""

_VALUES = """a range frees a field, a value fixes it; a value is a number or, for a field in rad/s,
a number times omega_m or kappa; in a range the factor applies to both ends:
0..30e3, -1..4*omega_m, log:1e6..1e9 (varied on a logarithmic scale), 23e3, 0.5*kappa
if no range is given, the box is """ + ", ".join(
    f"{arguments.flag_of(name)}={text}" for name, text in DEFAULT_BOX.items()
)

_TABLES = f"""
A problem file may also have the strings `title` and `question`, which head the report, and the
tables

  [[constraints]]                [tolerances]
  kind = "at-least"              power = "2 %"
  of = "left"                    detuning = "uniform 0.01*omega_m"
  bound = 0.1                    [robust]
                                 measure = "quantile"
                                 level = 0.05

kinds of constraints and their keys; those in parentheses are optional:
  at-least, at-most, equal       of (a field or an objective), bound, (scale)
  stable                         margin, (light: left, right, both)
  single-valued                  (light)
  spin-limit                     (share, separation, viscosity, ... of the taper)
  equal-photons, equal-entanglement
measures: {", ".join(MEASURES)}; quantile requires a level, yield a threshold

With tolerances, two designs are searched for: the nominal optimum, and the design with the best
measure of the objective over devices that deviate from it. `jaxcom optimize --list` lists the
packaged problems.

If no start finds a feasible design, no report is written.
"""


def prepare(argv: Sequence[str]) -> Callable[[], int]:
    """Read the arguments and return the function that searches."""
    chosen = _parser().parse_args(argv)
    arguments.use_cache(chosen)
    if chosen.list:
        return _list
    _require_valid_flags(chosen)
    settings, source = _settings_of_file(chosen)
    with located_errors(str(source)) if source else contextlib.nullcontext():
        study = study_from_settings(merge_settings(settings, _settings_of_flags(chosen)))
    chosen.out = chosen.out or settings.get("search", {}).get("out")
    return functools.partial(_run, chosen, study)


def _require_valid_flags(chosen: argparse.Namespace) -> None:
    """Raise ValueError for flags that exclude or require each other."""
    if chosen.problem and chosen.config:
        raise ValueError("PROBLEM and `--config` both name a problem file; give only one of them")
    if chosen.resume and chosen.out is None:
        raise ValueError("`--resume` requires `--out`, the folder of the search to resume")
    if chosen.resume and chosen.overwrite:
        raise ValueError("`--resume` and `--overwrite` exclude each other; give only one of them")


def _list() -> int:
    """Print the packaged problems."""
    problems = {name: read_settings(path) for name, path in packaged_problems().items()}
    rows = [(name, settings.get("title", "")) for name, settings in problems.items()]
    print(table("Packaged problems: jaxcom optimize NAME", [rows]))
    return 0


def _settings_of_file(chosen: argparse.Namespace) -> tuple[dict[str, Any], Path | None]:
    """Content and path of the problem file: the one given, or that of the search to resume."""
    path = chosen.config
    if chosen.problem:
        path = problem_path(chosen.problem)
    if path is None and chosen.resume:
        path = unfinished_problem(Path(chosen.out))
        if path is None:
            raise FileNotFoundError(
                f"{chosen.out} holds no unfinished search; to start a search, name a problem"
            )
    return (read_settings(path), Path(path)) if path else ({}, None)


def _settings_of_flags(chosen: argparse.Namespace) -> dict[str, Any]:
    """Settings given by flags, in the form of a problem file."""
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
    """Search, print the result, write the report."""
    with (
        _folder(chosen) as folder,
        _checkpoints(chosen, study, folder) as checkpoints,
        continued_by(_continuation(folder, chosen.quiet)),
        keeping(checkpoints.summary),
    ):
        return _reported(chosen, study, folder, checkpoints)


def _continuation(folder: Path, quiet: bool) -> list[str]:
    """Command that continues an interrupted search: its problem is in the folder."""
    return ["jaxcom", "optimize", "--resume", "--out", str(folder), *["--quiet"] * quiet]


def _reported(
    chosen: argparse.Namespace, study: Study, folder: Path, checkpoints: CheckpointFolder
) -> int:
    """Search, print the result, write the report into a folder; return the exit code."""
    options = study.options | {
        "progress": False if chosen.quiet else None,
        "checkpoint": checkpoints,
    }
    found = _searched(study, options)
    print(found)
    best = found if isinstance(found, Optimum) else found.robust.optimum
    if best.status == SearchStatus.NOTHING_FEASIBLE:
        checkpoints.remove()
        return ExitCode.NOTHING_FEASIBLE
    for path in write_report(found, folder, study):
        print(f"written: {path}")
    checkpoints.remove()
    return ExitCode.SUCCESS


def _searched(study: Study, options: dict[str, Any]) -> Optimum | RobustDesign:
    """Best design of a study; with tolerances, the nominal and the robust one."""
    problem = study.objective, study.resonator, study.box
    if study.robustness is None:
        return maximize(*problem, **options)
    measure, tolerances, samples, fresh_samples = study.robustness
    options = options | {"samples": samples, "fresh_samples": fresh_samples}
    return robust_design(*problem, tolerances, measure, **options)


def _folder(chosen: argparse.Namespace) -> contextlib.AbstractContextManager[Path]:
    """Folder of the report; an unfinished run may replace the report in it."""
    resumes = chosen.resume and unfinished_problem(Path(chosen.out)) is not None
    return results_folder(chosen.out, FOLDER, FILES, chosen.overwrite or resumes)


@contextlib.contextmanager
def _checkpoints(
    chosen: argparse.Namespace, study: Study, folder: Path
) -> Iterator[CheckpointFolder]:
    """Checkpoints of the run, in the folder of its report; removed if none was written."""
    problem = f"# {_versions()}\n{write_settings(study.settings)}"
    checkpoints = CheckpointFolder(
        folder, problem, resume=chosen.resume, overwrite=chosen.overwrite, every=CHECKPOINT_SECONDS
    )
    try:
        yield checkpoints
    finally:
        checkpoints.remove_if_empty()


def _versions() -> str:
    return "jaxcom {jaxcom}, jax {jax}, {platform}".format(**provenance())


def _parser() -> Parser:
    parser = Parser(
        prog="jaxcom optimize",
        usage="jaxcom optimize [PROBLEM] [flags]",
        description="Search a box of designs for the one that maximizes an objective, by\n"
        "gradients from many starts. By default: "
        f"{NAMED[DEFAULT_OBJECTIVE].name} of the device of Table I.",
        epilog=arguments.PRECEDENCE + _TABLES,
    )
    parser.add_argument(
        "problem", nargs="?", metavar="PROBLEM",
        help="problem file, as for --config, or name of a packaged problem; see --list",
    )  # fmt: skip
    _add_search(parser)
    _add_results(parser)
    arguments.add_device_flags(parser, _valid_text, _VALUES)
    return parser


def _valid_text(text: str) -> str:
    """Text of a quantity or range, unchanged; ValueError if it is neither."""
    read_quantity_or_range(text)
    return text


_SEARCH = ("objective", "starts", "steps", "rounds", "polish", "seed", "margin")


def _add_search(parser: Parser) -> None:
    search = parser.add_argument_group("the search")
    objectives = ", ".join(f"{name}: {objective.name}" for name, objective in NAMED.items())
    search.add_argument(
        "--objective", choices=NAMED, metavar="NAME",
        help=f"objective to maximize; {objectives}; default {DEFAULT_OBJECTIVE}",
    )  # fmt: skip
    for name, text in [
        ("starts", "number of parallel climbs"),
        ("steps", "number of steps of a climb"),
        ("rounds", "maximum number of rounds of climbs"),
        ("polish", "number of designs polished after a round"),
    ]:
        search.add_argument(
            f"--{name}", type=arguments.positive_int, metavar="N",
            help=f"{text}; default {getattr(SearchOptions(), name)}",
        )  # fmt: skip
    search.add_argument(
        "--seed", type=arguments.nonnegative_int, metavar="N",
        help="seed of the starting points; default 0",
    )  # fmt: skip
    search.add_argument(
        "--margin", type=arguments.argument_type(_valid_text), metavar="X",
        help="required stability margin, in rad/s or as a multiple of a rate: minimum decay rate "
        "of all disturbances; default gamma_m / 10",
    )  # fmt: skip


def _add_results(parser: Parser) -> None:
    results = parser.add_argument_group("results")
    add_folder_flags(results, FOLDER, "report")
    results.add_argument(
        "--resume", action="store_true",
        help="resume the interrupted search in --out; the result is the same",
    )  # fmt: skip
    results.add_argument("--list", action="store_true", help="list the packaged problems")
    results.add_argument("--quiet", action="store_true", help="do not show the progress")
