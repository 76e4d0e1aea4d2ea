"""Command `jaxcom scan`: a grid of designs, evaluated, stored, reduced and plotted."""

import argparse
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax

import jaxcom as jc
from jaxcom.cli import InputError, arguments, grids
from jaxcom.cli.parser import Parser
from jaxcom.direction import BOTH, NAMED_DIRECTIONS
from jaxcom.io.quantities import read_quantity
from jaxcom.resonator import DETUNING_WINDOW
from jaxcom.scan.outputs import OUTPUTS
from jaxcom.scan.plan import ScanPlan, plan_scan
from jaxcom.support.interruption import continued_by, keeping

if TYPE_CHECKING:
    import xarray

DEFAULT_AXIS = "detuning={:g}..{:g}*omega_m:501".format(*DETUNING_WINDOW)
BRANCHES = {**{str(k): k for k in range(5)}, "all": tuple(range(5))}
REDUCTIONS = ("maximum", "fraction", "histogram", "top")
FIGURES = (".png", ".pdf", ".svg")

_VALUES = """fields without an axis are fixed; a value X is a number or, for a field in rad/s, a
number times omega_m or kappa: 63e6, 0.3*omega_m, -1*kappa"""


def prepare(argv: Sequence[str]) -> Callable[[], int]:
    """Read the arguments and return the function that scans; errors are raised before it runs."""
    chosen = arguments.read_settings(_parser(), argv, ("device", "axes", "scan"))
    with arguments.naming_config(chosen):
        job = _planned(chosen)
    again = [] if chosen.resume else ["--resume"]
    return functools.partial(_continued, job, ["jaxcom", "scan", *argv, *again])


def _planned(chosen: argparse.Namespace) -> Callable[[], int]:
    """Function that scans, or estimates the scan, with settings that are checked."""
    if chosen.distributed is not None:
        _initialize_distributed(chosen.distributed)
    written = chosen.axis or [grids.read_axis(DEFAULT_AXIS)]
    device, axes = grids.design_and_axes(*arguments.read_device(chosen), written)
    _require_valid_files(chosen)
    request = {
        "outputs": chosen.output,
        "direction": BOTH if chosen.direction == "both" else jc.Direction(chosen.direction),
        "branch": BRANCHES[chosen.branch],
        "gradients": chosen.gradient or (),
        "reductions": [r for name in REDUCTIONS for r in getattr(chosen, name) or ()],
        "dtype": "float32" if chosen.single else "float64",
    }
    plan = plan_scan(device, axes, **request)
    if chosen.dry_run:
        return functools.partial(_estimate, plan, bool(chosen.store))
    if not chosen.store:
        from jaxcom.scan.in_memory import require_fits_memory

        require_fits_memory(plan)
    return functools.partial(_scan, chosen, device, axes, request)


def _continued(job: Callable[[], int], command: Sequence[str]) -> int:
    """Run a job; if it is interrupted, say by which command it continues."""
    with continued_by(command):
        return job()


def _estimate(plan: ScanPlan, stored: bool) -> int:
    """Print the size, memory, disk space and time of the scan."""
    from jaxcom.scan.estimate import estimate

    print(estimate(plan, stored))
    return 0


def _scan(
    chosen: argparse.Namespace,
    device: jc.SpinningResonator,
    axes: Mapping[str, Any],
    request: Mapping[str, Any],
) -> int:
    """Scan, print a summary, write the files."""
    from jaxcom.scan.summary import summary

    data = jc.scan(
        device, axes, **request, store=chosen.store, resume=chosen.resume,
        progress=False if chosen.quiet else None,
    )  # fmt: skip
    with keeping(lambda: f"{chosen.store} keeps all blocks" if chosen.store else ""):
        if jax.process_index() == 0:
            print(summary(data))
            _write(chosen, data)
    return 0


def _write(chosen: argparse.Namespace, data: "xarray.Dataset") -> None:
    """Write the files that are requested, and print the path of each."""
    try:
        for path in _written(chosen, data):
            print(f"written: {path}")
    except ValueError as error:
        raise InputError(str(error)) from error


def _written(chosen: argparse.Namespace, data: "xarray.Dataset") -> Iterator[Path]:
    """Write the files that are requested; yield the path of each."""
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


def _require_valid_files(chosen: argparse.Namespace) -> None:
    """Raise ValueError for a file that cannot be written, or a missing `--store`."""
    if chosen.resume and not chosen.store:
        raise ValueError("`--resume` requires `--store`, the store to resume")
    if chosen.plot and Path(chosen.plot).suffix not in FIGURES:
        raise ValueError(f"`--plot` must end in {', '.join(FIGURES)}, but is `{chosen.plot}`")
    for name in ("store", "plot", "netcdf", "csv"):
        if "\0" in (path := getattr(chosen, name) or ""):
            raise ValueError(f"`--{name}` must be a path, but is {path!r}")
    for name in ("plot", "netcdf", "csv"):
        path = getattr(chosen, name)
        if path and not Path(path).parent.is_dir():
            raise ValueError(f"`--{name}`: the folder {Path(path).parent} does not exist")
        if path and Path(path).exists() and not Path(path).is_file():
            raise ValueError(f"`--{name}` must be a file, but {path} is something else")


def _initialize_distributed(text: str) -> None:
    """Start JAX's runtime for several processes; to be called before any computation."""
    jax.config.update("jax_enable_preemption_service", False)  # it would take SIGTERM over
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
        description="Evaluate a grid of designs, of any size. By default: E_N as a function\n"
        "of the detuning, for light from the left and from the right.",
        epilog=grids.HELP + "\n" + arguments.PRECEDENCE,
    )
    _add_grid(parser)
    _add_reductions(parser)
    _add_results(parser)
    arguments.add_device_flags(parser, read_quantity, _VALUES)
    return parser


def _add_grid(parser: Parser) -> None:
    grid = parser.add_argument_group("the grid")
    grid.add_argument(
        "--axis", action="append", type=arguments.argument_type(grids.read_axis), metavar="AXIS",
        help=f"field to vary and its values, see below; may be repeated; default {DEFAULT_AXIS}",
    )  # fmt: skip
    grid.add_argument(
        "--output", type=grids.read_names, metavar="NAMES",
        help=f"outputs for every point: {', '.join(OUTPUTS)}; the status is always included; "
        "default log_negativity, or none if there are reductions",
    )  # fmt: skip
    grid.add_argument(
        "--gradient", type=grids.read_names, metavar="FIELDS",
        help="fields to differentiate the outputs by",
    )  # fmt: skip
    grid.add_argument(
        "--direction", choices=NAMED_DIRECTIONS, default="both",
        help="side that the light comes from; default both",
    )  # fmt: skip
    grid.add_argument(
        "--branch", choices=BRANCHES, default="0",
        help="mean-field solution, in order of increasing displacement; default 0",
    )  # fmt: skip
    grid.add_argument("--single", action="store_true", help="compute in single precision")


def _add_reductions(parser: Parser) -> None:
    reductions = parser.add_argument_group("reductions")
    for name, read, meaning in [
        ("maximum", grids.read_maxima, "largest value, and its place"),
        ("fraction", grids.read_fractions, "fraction of stable or entangled points"),
        ("histogram", grids.read_histograms, "distribution of the values"),
        ("top", grids.read_tops, "designs with the largest values"),
    ]:
        reductions.add_argument(
            f"--{name}", action="extend", type=arguments.argument_type(read), metavar="REDUCTION",
            help=f"{meaning}; see below",
        )  # fmt: skip


def _add_results(parser: Parser) -> None:
    results = parser.add_argument_group("results")
    results.add_argument(
        "--store", metavar="PATH", help="write a Zarr store; required for large scans"
    )
    results.add_argument(
        "--resume", action="store_true", help="resume the scan in the store, if any"
    )
    results.add_argument("--plot", metavar="FILE", help="plot the first output: png, pdf or svg")
    results.add_argument("--netcdf", metavar="FILE", help="write the result as netCDF")
    results.add_argument("--csv", metavar="FILE", help="write the points as a CSV table")
    results.add_argument(
        "--dry-run", action="store_true",
        help="only print the number of points, memory, disk space and time",
    )  # fmt: skip
    results.add_argument("--quiet", action="store_true", help="do not show the progress")
    results.add_argument(
        "--distributed", nargs="?", const="detect", metavar="ADDRESS:PORT,PROCESSES,NUMBER",
        help="share the scan with other processes; without a value, the cluster is detected",
    )  # fmt: skip
