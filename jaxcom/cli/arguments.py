"""Settings of a command: from its flags, a TOML file and a design file."""

import argparse
import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from jaxcom.cli.parser import FlagContainer, Parser
from jaxcom.io.design_file import read_design
from jaxcom.io.quantities import QuantityOrRange
from jaxcom.io.toml import read_toml
from jaxcom.resonator import PARAMETERS, SpinningResonator
from jaxcom.support.compilation_cache import enable_cache
from jaxcom.support.suggestions import did_you_mean

_KEYS = {
    "device": tuple(PARAMETERS),
    "axes": tuple(PARAMETERS),
    "scan": (
        *("output", "gradient", "direction", "branch", "maximum", "fraction", "histogram", "top"),
        *("store", "plot", "netcdf", "csv"),
    ),
}
"""Tables of a TOML file, each with its allowed keys."""

_OF_SEARCHES = ("title", "question", "search", "constraints", "tolerances", "robust")
"""Tables and strings that `optimize.problem_file` reads; the other commands ignore them."""

PRECEDENCE = """\
Flags override --config, --config overrides --design, and --design overrides the defaults (Table I).
--config reads a TOML file. Its keys are the names of the flags; its values are numbers, strings as
on the command line, or, for `jaxcom optimize`, pairs [low, high]:

  [device]                       [search]
  spin = [0, 30e3]               starts = 64
  detuning = "-1..4*omega_m"     margin = "1e-3*omega_m"

For `jaxcom scan` the table [axes] lists the axes in order. A list there holds the values of an
axis; a list in [scan] holds names:

  [axes]                         [scan]
  spin = [0, 8e3, 23e3]          output = ["log_negativity", "photons_driven"]
  detuning = "-1..4*omega_m:501" store = "map.zarr"
"""


def add_device_flags(parser: Parser, read: Callable[[str], Any], description: str) -> None:
    """Add a flag for each field of a resonator, and those of the files with settings.

    Args:
        parser: parser of the command.
        read: function that converts the text of a value.
        description: description of the allowed values, for the help.
    """
    fields = parser.add_argument_group("the device and its drive", description)
    default = SpinningResonator()
    for name, parameter in PARAMETERS.items():
        unit = f" in {parameter.unit}" if parameter.unit else ""
        text = f"{parameter.meaning}, {parameter.symbol}{unit}; default {getattr(default, name):g}"
        fields.add_argument(
            flag_of(name), type=argument_type(read), metavar="X", dest=name,
            help=text.replace("%", "%%"),
        )  # fmt: skip
    files = parser.add_argument_group("files")
    files.add_argument("--design", metavar="FILE", help="start from the design in a design.json")
    files.add_argument("--config", metavar="FILE", help="read settings from a TOML file; see below")
    add_cache_flags(files)


def add_cache_flags(parser: FlagContainer) -> None:
    """Add the flags `--cache` and `--no-cache` for the folder of compiled programs."""
    parser.add_argument(
        "--cache", metavar="DIR",
        help="keep compiled programs in this folder, so that later runs start faster; default: a "
        "folder in your cache directory",
    )  # fmt: skip
    parser.add_argument("--no-cache", action="store_true", help="compile every program anew")


def use_cache(chosen: argparse.Namespace) -> None:
    """Keep compiled programs in the folder of `--cache`, or the default one if it can be written.

    Raises:
        OSError: the folder of `--cache` cannot be created.
    """
    if chosen.no_cache:
        return
    try:
        enable_cache(chosen.cache)
    except OSError:
        if chosen.cache is not None:
            raise


def read_settings(
    parser: Parser, argv: Sequence[str], tables: Sequence[str] = ("device",)
) -> argparse.Namespace:
    """Settings of a command: its flags, and those of the file of `--config` below them.

    Args:
        parser: parser of the command.
        argv: arguments of the command.
        tables: tables of the file that the command reads.

    Raises:
        OSError: the file cannot be read.
        ValueError: a flag or an entry of the file is unknown or has a wrong value.
    """
    flags = parser.parse_args(argv)
    use_cache(flags)
    if flags.config is None:
        return flags
    path = Path(flags.config)
    try:
        filed = parser.parse_args(_as_flags(read_toml(path), tables))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    for name, value in vars(flags).items():
        if isinstance(value, list) and value:  # argparse would append it to the list of the file
            setattr(filed, name, parser.get_default(name))
    return parser.parse_args(argv, filed)


@contextlib.contextmanager
def naming_config(chosen: argparse.Namespace) -> Iterator[None]:
    """Name the file of `--config`, if there is one, in errors raised in the block.

    The settings are checked together, so that an error may as well be that of a flag.
    """
    try:
        yield
    except (TypeError, ValueError) as error:
        if chosen.config is None:
            raise
        raise ValueError(f"{error} (with the settings of {chosen.config})") from None


def read_device(
    chosen: argparse.Namespace,
) -> tuple[SpinningResonator, dict[str, QuantityOrRange]]:
    """Design to start from, and the values of its fields that are given.

    Args:
        chosen: settings, from `read_settings`.
    """
    base = SpinningResonator() if chosen.design is None else read_design(chosen.design)
    values = {name: getattr(chosen, name) for name in PARAMETERS}
    return base, {name: value for name, value in values.items() if value is not None}


def flag_of(name: str) -> str:
    """Flag of a setting, for example `--omega-m` of `omega_m`."""
    return "--" + name.replace("_", "-")


def nonnegative_int(text: str) -> int:
    """Integer of at least 0 from a text."""
    return _integer(text, 0)


def positive_int(text: str) -> int:
    """Integer of at least 1 from a text."""
    return _integer(text, 1)


def _integer(text: str, least: int) -> int:
    if not text.isdecimal() or int(text) < least:
        raise argparse.ArgumentTypeError(f"must be an integer of at least {least}, but is `{text}`")
    return int(text)


def argument_type(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """Function for `type` of `add_argument` whose ValueErrors argparse reports with their text."""

    def convert(text: str):
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return convert


def _as_flags(settings: dict[str, Any], tables: Sequence[str]) -> list[str]:
    """Flags equivalent to the content of a file; ValueError for an unknown table or key."""
    flags = []
    for table, values in settings.items():
        if table in _OF_SEARCHES:
            continue
        if table not in _KEYS or not isinstance(values, dict):
            known = (*_KEYS, *_OF_SEARCHES)
            raise ValueError(f"unknown table `{table}`{did_you_mean(table, known)}")
        for key, value in values.items():
            name = key.replace("-", "_")
            if name not in _KEYS[table]:
                raise ValueError(f"unknown key `{key}`{did_you_mean(name, _KEYS[table])}")
            if table in tables:
                flags.append(_as_flag(table, name, value))
    return flags


def _as_flag(table: str, name: str, value: object) -> str:
    """Flag equivalent to an entry of a file."""
    if table == "axes":
        return f"--axis={name}={_list_as_text(value) or _as_text(name, value)}"
    listed = _list_as_text(value) if table == "scan" else None
    return f"{flag_of(name)}={listed or _as_text(name, value)}"


def _list_as_text(value: object) -> str | None:
    """Text of a list on the command line; None if the value is not a list, or is empty."""
    if not isinstance(value, list) or not value:
        return None
    return ",".join(_as_text("a value", part) for part in value)


def _as_text(key: str, value: object) -> str:
    """Text of a value on the command line."""
    match value:
        case bool():
            pass
        case int() | float() | str():
            return str(value)
        case [int() | float() | str() as low, int() | float() | str() as high]:
            return f"{low}..{high}"
    raise ValueError(f"`{key}` must be a number, a string or a pair [low, high], but is {value!r}")
