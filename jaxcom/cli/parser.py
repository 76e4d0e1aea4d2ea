"""Argument parser with one-line errors, suggestions, and negative values after a space."""

import argparse
import re
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn, Protocol, runtime_checkable

from jaxcom.cli.exit_codes import HELP
from jaxcom.support.suggestions import did_you_mean

_NEGATIVE = re.compile(r"-[\d.]")


@runtime_checkable
class FlagContainer(Protocol):
    """Parser, or group of flags of a parser."""

    def add_argument(self, *names: str, **options: Any) -> argparse.Action:
        """Add a flag."""
        ...


class Parser(argparse.ArgumentParser):
    """`argparse.ArgumentParser` that raises ValueError for wrong arguments instead of exiting.

    An unknown flag raises with the name of the nearest one. A value may begin with a minus sign:
    `--detuning -1*omega_m`. Flags cannot be abbreviated. The help ends with the exit codes.

    >>> parser = Parser(prog="demo")
    >>> _ = parser.add_argument("--spin")
    >>> parser.parse_args(["--spin", "-8e3"]).spin
    '-8e3'
    >>> parser.parse_args(["--spni=3"])
    Traceback (most recent call last):
    ValueError: unknown argument `--spni`: did you mean `--spin`?
    """

    def __init__(self, *, epilog: str = "", **settings: Any):
        super().__init__(
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            epilog=f"{epilog}\n{HELP}",
            **settings,
        )

    @property
    def flags(self) -> list[str]:
        """Names of all flags, those in groups included."""
        return list(self._option_string_actions)  # argparse has no public list of them

    def error(self, message: str) -> NoReturn:
        """Raise ValueError with the message of argparse."""
        raise ValueError(message)

    def parse_args(  # type: ignore[override]
        self, args: Sequence[str], namespace: argparse.Namespace | None = None
    ) -> argparse.Namespace:
        """Parse arguments.

        Args:
            args: the arguments.
            namespace: values to start from; the arguments override them.

        Raises:
            ValueError: an argument is unknown or has a wrong value.
        """
        known, unknown = self.parse_known_args(_joined(args), namespace or argparse.Namespace())
        for word in unknown:
            name = word.partition("=")[0]
            self.error(f"unknown argument `{name}`{did_you_mean(name, self.flags)}")
        return known


def _joined(words: Iterable[str]) -> list[str]:
    """Arguments with each flag joined to a negative value after it, which looks like a flag."""
    joined: list[str] = []
    for word in words:
        if _NEGATIVE.match(word) and joined and re.fullmatch(r"--[\w-]+", joined[-1]):
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined
