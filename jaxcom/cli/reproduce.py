"""`jaxcom reproduce`: the paper's figures and numbers, computed anew."""

import argparse
import functools
from collections.abc import Callable, Sequence

from jaxcom.cli import arguments
from jaxcom.cli.folders import add_folder, folder_of_results
from jaxcom.cli.parser import Parser
from jaxcom.paper import PANELS, PUBLICATION, QUICK, reproduce
from jaxcom.paper.reproduce import panel_of

FOLDER = "jaxcom-paper"
_PANELS = "panels:\n" + "".join(f"  {name:<5}{panel.title}\n" for name, panel in PANELS.items())


def prepare(argv: Sequence[str]) -> Callable[[], int]:
    """Read what is to be reproduced."""
    chosen = _parser().parse_args(argv)
    arguments.use_cache(chosen)
    for name in chosen.figure or ():
        panel_of(name)
    return functools.partial(_reproduce, chosen)


def _reproduce(chosen: argparse.Namespace) -> int:
    """Compute, draw and write; print where it went."""
    marks = [f"{name}.png" for name in chosen.figure or PANELS]
    with folder_of_results(chosen.out, FOLDER, marks, chosen.overwrite) as folder:
        paths = reproduce(
            folder,
            chosen.figure,
            resolution=QUICK if chosen.quick else PUBLICATION,
            progress=False if chosen.quiet else None,
        )
    print(f"{len(paths)} files in {folder}")
    print(f"written: {paths[-1]}")
    return 0


def _parser() -> Parser:
    parser = Parser(
        prog="jaxcom reproduce",
        description="Reproduce the figures of Phys. Rev. Lett. 125, 143605 as PNG and PDF, with "
        "their data as netCDF; of all of them also a report with every printed number beside ours.",
        epilog=_PANELS,
    )
    parser.add_argument(
        "--figure", action="append", metavar="NAME", help="one panel; may be repeated; default all"
    )
    parser.add_argument("--quick", action="store_true", help="coarse and without PDF, in a minute")
    add_folder(parser, FOLDER, "results")
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    arguments.add_cache(parser)
    return parser
