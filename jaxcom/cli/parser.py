"""An argument parser that raises instead of leaving, suggests, and takes negative values."""

import argparse
import re
from collections.abc import Iterable
from typing import NoReturn

from jaxcom.support.suggestions import did_you_mean

_NEGATIVE = re.compile(r"-[\d.]")


class Parser(argparse.ArgumentParser):
    """`argparse`, but an error is a ValueError, and `--detuning -1*omega_m` is no puzzle.

    >>> parser = Parser(prog="demo")
    >>> _ = parser.add_argument("--spin")
    >>> parser.parse_args(["--spin", "-8e3"]).spin
    '-8e3'
    >>> parser.parse_args(["--spni=3"])
    Traceback (most recent call last):
    ValueError: unknown argument `--spni`: did you mean `--spin`?
    """

    def __init__(self, **settings):
        super().__init__(
            allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter, **settings
        )

    def error(self, message: str) -> NoReturn:
        """Raise ValueError with what argparse has to say."""
        raise ValueError(message)

    def parse_args(self, args, namespace=None) -> argparse.Namespace:  # type: ignore[override]
        """The arguments as a namespace; an unknown one raises ValueError with a suggestion."""
        known, unknown = self.parse_known_args(_joined(args), namespace)
        for word in unknown:
            name, flags = word.partition("=")[0], self._option_string_actions
            self.error(f"unknown argument `{name}`{did_you_mean(name, flags)}")
        return known


def _joined(words: Iterable[str]) -> list[str]:
    """A flag and the negative value after it as one word, lest the value be taken for a flag."""
    joined: list[str] = []
    for word in words:
        if _NEGATIVE.match(word) and joined and re.fullmatch(r"--[\w-]+", joined[-1]):
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined
