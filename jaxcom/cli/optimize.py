"""`jaxcom optimize`: the best design of a box, and a report of it."""

import argparse
import functools
import math
from collections.abc import Callable, Mapping, Sequence

from jaxcom import SpinningResonator
from jaxcom.cli import arguments
from jaxcom.cli.folders import add_folder, folder_of_results
from jaxcom.cli.parser import Parser
from jaxcom.cli.quantities import Given, Range, fixed, quantity_or_range
from optimize.box import Box, Interval, Linear, Log
from optimize.objectives import NAMED
from optimize.report import FILES, write_report
from optimize.result import SearchStatus
from optimize.search import maximize

FOLDER = "jaxcom-optimum"

DEFAULT_BOX: dict[str, str] = {
    "spin": "0..30e3",
    "power": "1e-3..20e-3",
    "detuning": "-1..4*omega_m",
}
"""What is searched where the user frees no field."""

_VALUES = """a range frees a field, a value fixes it; a value is a number, or a number times omega_m
or kappa where a rate is asked for, and the factor of a range holds for both ends:
0..30e3, -1..4*omega_m, log:1e6..1e9 (searched in the logarithm), 23e3, 0.5*kappa
where no range is given, the box is """ + ", ".join(
    f"{arguments.flag(name)}={text}" for name, text in DEFAULT_BOX.items()
)


def prepare(argv: Sequence[str]) -> Callable[[], int]:
    """Read what is to be searched, and how."""
    chosen = arguments.settings(_parser(), argv, ("device", "search"))
    base, given = arguments.device_of(chosen)
    given = _with_default_box(given)
    start = fixed(base, given)
    box = Box(**{n: _interval(v, start) for n, v in given.items() if isinstance(v, Range)})
    if chosen.margin is not None:
        chosen.margin = chosen.margin.of(start)
    if chosen.margin is not None and not 0 <= chosen.margin < math.inf:
        raise ValueError(f"`margin` must be finite and at least 0, but is {chosen.margin:g}")
    return functools.partial(_search, chosen, start, box)


def _search(chosen: argparse.Namespace, start: SpinningResonator, box: Box) -> int:
    """Search, print what was found, write the report."""
    with folder_of_results(chosen.out, FOLDER, FILES, chosen.overwrite) as folder:
        best = maximize(
            NAMED[chosen.objective],
            start,
            box,
            starts=chosen.starts,
            steps=chosen.steps,
            margin=chosen.margin,
            polish=chosen.polish,
            seed=chosen.seed,
            progress=False if chosen.quiet else None,
        )
        print(best)
        if best.status == SearchStatus.NOTHING_FEASIBLE:
            return 1
        for path in write_report(best, folder):
            print(f"written: {path}")
    return 0


def _parser() -> Parser:
    parser = Parser(
        prog="jaxcom optimize",
        description="Search a box of designs for the one that maximises an objective, by "
        "gradients from many starts. By default: Table I's device, maximal |Delta E_N|.",
        epilog=arguments.PRECEDENCE
        + "\nThe exit code is 1 where no start finds a stable design; nothing is written then.",
    )
    _add_search(parser)
    arguments.add_device(parser, quantity_or_range, _VALUES)
    return parser


def _add_search(parser: Parser) -> None:
    search = parser.add_argument_group("the search")
    objectives = ", ".join(f"{name}: {objective.name}" for name, objective in NAMED.items())
    search.add_argument(
        "--objective", choices=NAMED, metavar="NAME", default="nonreciprocity",
        help=f"what to maximise; {objectives}; default nonreciprocity",
    )  # fmt: skip
    for name, default, text in [
        ("starts", 64, "designs that climb in parallel"),
        ("steps", 200, "steps of the climb"),
        ("polish", 8, "how many of the best designs to polish"),
    ]:
        search.add_argument(
            f"--{name}", type=arguments.count, default=default, metavar="N",
            help=f"{text}; default {default}",
        )  # fmt: skip
    search.add_argument(
        "--seed", type=arguments.whole, default=0, metavar="N", help="of the starts; default 0"
    )
    search.add_argument(
        "--margin", type=arguments.rate, metavar="X",
        help="of stability, in rad/s or as a multiple: how fast every disturbance must decay; "
        "default gamma_m / 10",
    )  # fmt: skip
    add_folder(search, FOLDER, "report")
    search.add_argument("--quiet", action="store_true", help="show no progress")


def _with_default_box(given: Mapping[str, Given]) -> dict[str, Given]:
    """What is given; where that frees nothing, also the default box of the fields not given."""
    if any(isinstance(value, Range) for value in given.values()):
        return dict(given)
    default = {name: quantity_or_range(text) for name, text in DEFAULT_BOX.items()}
    return default | dict(given)


def _interval(given: Range, device: SpinningResonator) -> Interval:
    return (Log if given.logarithmic else Linear)(given.low.of(device), given.high.of(device))
