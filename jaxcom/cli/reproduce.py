"""Command `jaxcom reproduce`: figures and numbers of the paper."""

import argparse
import functools
from collections.abc import Callable, Sequence

from jaxcom.cli import arguments
from jaxcom.cli.folders import add_folder_flags, results_folder
from jaxcom.cli.parser import Parser
from jaxcom.paper import PANELS, PUBLICATION, QUICK, reproduce
from jaxcom.paper.reproduce import panel_of
from jaxcom.support.interruption import keeping

FOLDER = "jaxcom-paper"
_PANELS = "panels:\n" + "".join(f"  {name:<5}{panel.title}\n" for name, panel in PANELS.items())


def prepare(argv: Sequence[str]) -> Callable[[], int]:
    """Read the arguments and return the function that computes the panels."""
    chosen = _parser().parse_args(argv)
    arguments.use_cache(chosen)
    for name in chosen.figure or ():
        panel_of(name)
    return functools.partial(_reproduce, chosen)


def _reproduce(chosen: argparse.Namespace) -> int:
    """Compute the panels, write them, and print the folder."""
    markers = [f"{name}.png" for name in chosen.figure or PANELS]
    with (
        results_folder(chosen.out, FOLDER, markers, chosen.overwrite) as folder,
        keeping(lambda: f"{folder} keeps the finished panels" * any(folder.iterdir())),
    ):
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
        description="Reproduce the figures of Phys. Rev. Lett. 125, 143605 as PNG and PDF, with\n"
        "their data as netCDF. A run of all panels also writes a report that compares every\n"
        "number printed in the paper with the computed one.",
        epilog=_PANELS,
    )
    parser.add_argument(
        "--figure",
        action="append",
        metavar="NAME",
        help="panel to reproduce; may be repeated; default all",
    )
    parser.add_argument("--quick", action="store_true", help="coarse grids, no PDF; about a minute")
    add_folder_flags(parser, FOLDER, "results")
    parser.add_argument("--quiet", action="store_true", help="do not show the progress")
    arguments.add_cache_flags(parser)
    return parser
