"""`jaxcom scan`: a grid of designs, stored, reduced, drawn."""

import argparse
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax

import jaxcom as jc
from jaxcom.cli import WrongInput, arguments, grids
from jaxcom.cli.parser import Parser
from jaxcom.io.quantities import quantity
from jaxcom.scan.outputs import OUTPUTS
from jaxcom.scan.plan import Plan, planned

if TYPE_CHECKING:
    import xarray

DEFAULT_AXIS = "detuning=-1..4*omega_m:501"
SIDES = {"left": jc.LEFT, "right": jc.RIGHT, "both": (jc.LEFT, jc.RIGHT)}
BRANCHES = {**{str(k): k for k in range(5)}, "all": tuple(range(5))}
REDUCTIONS = ("maximum", "fraction", "histogram", "top")
FIGURES = (".png", ".pdf", ".svg")

_VALUES = """what is not an axis is fixed; a value X is a number, or a number times omega_m or kappa
where a rate is asked for: 63e6, 0.3*omega_m, -1*kappa"""


def prepare(argv: Sequence[str]) -> Callable[[], int]:
    """Read what is to be scanned, and where it is to go."""
    chosen = arguments.settings(_parser(), argv, ("device", "axes", "scan"))
    if chosen.distributed is not None:
        _join_the_others(chosen.distributed)
    base, given = arguments.device_of(chosen)
    device, axes = grids.on_device(base, given, chosen.axis or [grids.axis(DEFAULT_AXIS)])
    _require_sensible_files(chosen)
    request = {
        "outputs": chosen.output,
        "direction": SIDES[chosen.direction],
        "branch": BRANCHES[chosen.branch],
        "gradients": chosen.gradient or (),
        "reductions": [r for name in REDUCTIONS for r in getattr(chosen, name) or ()],
        "dtype": "float32" if chosen.single else "float64",
    }
    plan = planned(device, axes, **request)  # what is wrong is told before anything runs
    if chosen.dry_run:
        return functools.partial(_estimate, plan, bool(chosen.store))
    if not chosen.store:
        from jaxcom.scan.in_memory import require_fit

        require_fit(plan)
    return functools.partial(_scan, chosen, device, axes, request)


def _estimate(plan: Plan, stored: bool) -> int:
    """Print what the scan would take."""
    from jaxcom.scan.estimate import estimate

    print(estimate(plan, stored))
    return 0


def _scan(
    chosen: argparse.Namespace,
    device: jc.SpinningResonator,
    axes: Mapping[str, Any],
    request: Mapping[str, Any],
) -> int:
    """Scan, print what was found, write what was asked for."""
    from jaxcom.scan.summary import summary

    data = jc.scan(
        device, axes, **request, store=chosen.store, resume=chosen.resume,
        progress=False if chosen.quiet else None,
    )  # fmt: skip
    if jax.process_index() == 0:
        print(summary(data))
        try:
            for path in _written(chosen, data):
                print(f"written: {path}")
        except ValueError as error:
            raise WrongInput(str(error)) from error
    return 0


def _written(chosen: argparse.Namespace, data: "xarray.Dataset") -> Iterator[Path]:
    """The files that were asked for, as they are written."""
    from jaxcom.plot import scan_figure
    from jaxcom.scan.export import write_csv, write_netcdf

    if chosen.store:
        yield Path(chosen.store)
    if chosen.plot:
        scan_figure(data).savefig(chosen.plot)
        yield Path(chosen.plot)
    if chosen.netcdf:
        yield write_netcdf(chosen.netcdf, data)
    if chosen.csv:
        yield write_csv(chosen.csv, data)


def _require_sensible_files(chosen: argparse.Namespace) -> None:
    if chosen.resume and not chosen.store:
        raise ValueError("`--resume` needs the `--store` to go on with")
    if chosen.plot and Path(chosen.plot).suffix not in FIGURES:
        raise ValueError(f"`--plot` must end in {', '.join(FIGURES)}, but is `{chosen.plot}`")
    for name in ("plot", "netcdf", "csv"):
        path = getattr(chosen, name)
        if path and not Path(path).parent.is_dir():
            raise ValueError(f"`--{name}`: there is no folder {Path(path).parent}")


def _join_the_others(text: str) -> None:
    """Start JAX's runtime for several processes, before anything computes."""
    if text == "detect":
        jax.distributed.initialize()
        return
    address, *counts = text.split(",")
    if len(counts) != 2 or not all(count.isdecimal() for count in counts):
        raise ValueError(f"`--distributed` must be ADDRESS:PORT,PROCESSES,NUMBER, but is `{text}`")
    jax.distributed.initialize(address, int(counts[0]), int(counts[1]))


def _parser() -> Parser:
    parser = Parser(
        prog="jaxcom scan",
        description="Evaluate a grid of designs, of any size. By default: E_N against the "
        "detuning, for light from either side.",
        epilog=grids.HELP + "\n" + arguments.PRECEDENCE,
    )
    _add_grid(parser)
    _add_reductions(parser)
    _add_results(parser)
    arguments.add_device(parser, quantity, _VALUES)
    return parser


def _add_grid(parser: Parser) -> None:
    grid = parser.add_argument_group("the grid")
    grid.add_argument(
        "--axis", action="append", type=arguments.reader(grids.axis), metavar="AXIS",
        help=f"a field and its values, see below; may be repeated; default {DEFAULT_AXIS}",
    )  # fmt: skip
    grid.add_argument(
        "--output", type=grids.words, metavar="NAMES",
        help=f"what to tell of every point: {', '.join(OUTPUTS)}; the status comes along; "
        "default log_negativity, or nothing where there are reductions",
    )  # fmt: skip
    grid.add_argument(
        "--gradient", type=grids.words, metavar="FIELDS", help="fields to differentiate by"
    )
    grid.add_argument("--direction", choices=SIDES, default="both", help="of the light; both")
    grid.add_argument("--branch", choices=BRANCHES, default="0", help="which mean field; default 0")
    grid.add_argument("--single", action="store_true", help="compute in single precision")


def _add_reductions(parser: Parser) -> None:
    reductions = parser.add_argument_group("reductions")
    for name, read, what in [
        ("maximum", grids.maxima, "the largest value, and where it is"),
        ("fraction", grids.fractions, "the share of stable or entangled points"),
        ("histogram", grids.histograms, "how many points have which values"),
        ("top", grids.tops, "the best designs"),
    ]:
        reductions.add_argument(
            f"--{name}", action="extend", type=arguments.reader(read), metavar="WHAT", help=what
        )


def _add_results(parser: Parser) -> None:
    results = parser.add_argument_group("results")
    results.add_argument("--store", metavar="PATH", help="a Zarr store; needed for large scans")
    results.add_argument("--resume", action="store_true", help="go on with the store, if it exists")
    results.add_argument("--plot", metavar="FILE", help="draw the first quantity: png, pdf or svg")
    results.add_argument("--netcdf", metavar="FILE", help="write the result as netCDF, too")
    results.add_argument("--csv", metavar="FILE", help="write the points as a table, too")
    results.add_argument(
        "--dry-run", action="store_true", help="only tell points, memory, disk and time"
    )
    results.add_argument("--quiet", action="store_true", help="show no progress")
    results.add_argument(
        "--distributed", nargs="?", const="detect", metavar="ADDRESS:PORT,PROCESSES,NUMBER",
        help="share the scan with other processes; without a value the cluster (SLURM, ...) is "
        "detected",
    )  # fmt: skip
