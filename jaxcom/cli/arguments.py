"""Where the settings of a command come from: its flags, a file of settings, an earlier design."""

import argparse
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jax

from jaxcom.cli.parser import Parser
from jaxcom.io.design_file import read_design
from jaxcom.io.quantities import Given
from jaxcom.resonator import PARAMETERS, SpinningResonator
from jaxcom.support.suggestions import did_you_mean

_KEYS = {
    "device": tuple(PARAMETERS),
    "axes": tuple(PARAMETERS),
    "scan": (
        *("output", "gradient", "direction", "branch", "maximum", "fraction", "histogram", "top"),
        *("store", "plot", "netcdf", "csv"),
    ),
}  # the tables of a file of settings, and what each may hold

_OF_SEARCHES = ("title", "question", "search", "constraints", "tolerances", "robust")
"""What `optimize.problem_file` reads, and other commands pass over."""

PRECEDENCE = """\
A flag wins over --config, --config over --design, --design over the default (Table I).
A file of settings is TOML; its keys are the names of the flags, its values are numbers,
strings as on the command line, or for `jaxcom optimize` pairs [low, high]:

  [device]                       [search]
  spin = [0, 30e3]               starts = 64
  detuning = "-1..4*omega_m"     margin = "1e-3*omega_m"

`jaxcom scan` has its axes in a table of their own, in their order; there a list is one of values,
in [scan] one of names:

  [axes]                         [scan]
  spin = [0, 8e3, 23e3]          output = ["log_negativity", "photons_driven"]
  detuning = "-1..4*omega_m:501" store = "map.zarr"
"""


def add_device(parser: Parser, read: Callable[[str], Any], kinds: str) -> None:
    """Add a flag for each field of a resonator, and the files that they may come from."""
    fields = parser.add_argument_group("the device and its drive", kinds)
    default = SpinningResonator()
    for name, parameter in PARAMETERS.items():
        unit = f" in {parameter.unit}" if parameter.unit else ""
        text = f"{parameter.meaning}, {parameter.symbol}{unit}; default {getattr(default, name):g}"
        fields.add_argument(
            flag(name), type=reader(read), metavar="X", dest=name, help=text.replace("%", "%%")
        )
    files = parser.add_argument_group("files")
    files.add_argument("--design", metavar="FILE", help="start from an earlier run's design.json")
    files.add_argument("--config", metavar="FILE", help="read settings from a TOML file; see below")
    add_cache(files)


def add_cache(parser: argparse._ActionsContainer) -> None:
    """Add the flag that names a folder of compiled programs."""
    parser.add_argument(
        "--cache", metavar="DIR", help="keep compiled programs there: later runs start faster"
    )


def use_cache(chosen: argparse.Namespace) -> None:
    """Keep compiled programs where the user said, if anywhere."""
    if chosen.cache:
        _keep_compiled_programs(chosen.cache)


def settings(
    parser: Parser, argv: Sequence[str], tables: Sequence[str] = ("device",)
) -> argparse.Namespace:
    """The flags, over those tables of the file of settings that the command reads."""
    flags = parser.parse_args(argv)
    use_cache(flags)
    if flags.config is None:
        return flags
    path = Path(flags.config)
    try:
        filed = parser.parse_args(_as_flags(tomllib.loads(path.read_text("utf-8")), tables))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    for name, value in vars(flags).items():
        if isinstance(value, list) and value:  # what is repeated would be added to the file's
            setattr(filed, name, parser.get_default(name))
    return parser.parse_args(argv, filed)


def device_of(chosen: argparse.Namespace) -> tuple[SpinningResonator, dict[str, Given]]:
    """The design to start from, and what the user has given of its fields."""
    base = SpinningResonator() if chosen.design is None else read_design(chosen.design)
    given = {name: getattr(chosen, name) for name in PARAMETERS}
    return base, {name: value for name, value in given.items() if value is not None}


def flag(name: str) -> str:
    """The flag of a setting: `--omega-m` of `omega_m`."""
    return "--" + name.replace("_", "-")


def whole(text: str, least: int = 0) -> int:
    """Read a whole number that is not negative."""
    if not text.isdecimal() or int(text) < least:
        raise argparse.ArgumentTypeError(f"`{text}` is no whole number from {least}")
    return int(text)


def count(text: str) -> int:
    """Read a whole number from 1."""
    return whole(text, 1)


def _as_flags(settings: dict[str, Any], tables: Sequence[str]) -> list[str]:
    """A file of settings as the flags that say the same; unknown names raise ValueError."""
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
    if table == "axes":
        return f"--axis={name}={_listed(value) or _as_word(name, value)}"
    listed = _listed(value) if table == "scan" else None
    return f"{flag(name)}={listed or _as_word(name, value)}"


def _listed(value: object) -> str | None:
    """A list as the command line has it; None if it is none."""
    if not isinstance(value, list) or not value:
        return None
    return ",".join(_as_word("a value", part) for part in value)


def _as_word(key: str, value: object) -> str:
    match value:
        case bool():
            pass
        case int() | float() | str():
            return str(value)
        case [int() | float() | str() as low, int() | float() | str() as high]:
            return f"{low}..{high}"
    raise ValueError(f"`{key}` must be a number, a string or a pair [low, high], not {value!r}")


def _keep_compiled_programs(folder: str) -> None:
    Path(folder).mkdir(parents=True, exist_ok=True)
    jax.config.update("jax_compilation_cache_dir", folder)
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


def reader(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """A reader whose errors argparse reports in their own words."""

    def reader(text: str):
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return reader
