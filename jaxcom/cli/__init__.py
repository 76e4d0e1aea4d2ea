"""The command `jaxcom`: one design or a grid of them evaluated, or the best one searched for."""

import argparse
import importlib
import importlib.metadata
import importlib.util
import sys
from collections.abc import Callable, Sequence

from jaxcom.cli.parser import Parser
from jaxcom.support.suggestions import did_you_mean

COMMANDS = {
    "point": "evaluate one design: steady states and entanglement for light from either side",
    "scan": "evaluate a grid of designs, of any size: stored, reduced, drawn",
    "reproduce": "reproduce the figures and numbers of the paper, and report where they differ",
    "optimize": "search a box of designs for the one that maximises an objective",
}
"""The sub-commands: modules of this package and, for `optimize`, an entry point of another.

Each is the function `prepare` of its module, imported when the command is called.
"""

Job = Callable[[], int]
"""What is left of a command once its input is read: it computes, and returns the exit code."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; what the user got wrong ends as one line on the standard error.

    Args:
        argv: the arguments; by default those of the process.

    Returns:
        The exit code: 0 if all went well, 1 if a search found nothing, 2 for wrong input.

    >>> main(["point", "--detuning", "0.4*omega"])  # prints the error on the standard error
    2
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        return _job(arguments)()
    except (WrongInput, OSError) as error:
        print(f"jaxcom: error: {_one_line(error)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("jaxcom: interrupted", file=sys.stderr)
        return 130


class WrongInput(Exception):
    """What the user has to put right; any other error of a job is a fault of the program."""


def _job(arguments: list[str]) -> Job:
    """Read the input of a command; what the reading finds wrong is the user's."""
    try:
        command = _parser().parse_args(arguments[:1] or ["--help"]).command
        if command not in COMMANDS:
            raise ValueError(f"unknown command `{command}`{did_you_mean(command, COMMANDS)}")
        return _prepare(command)(arguments[1:])
    except (TypeError, ValueError) as error:
        raise WrongInput(str(error)) from error


def _prepare(command: str) -> Callable[[Sequence[str]], Job]:
    import jax

    jax.config.update("jax_enable_x64", True)  # before anything that computes is imported
    if importlib.util.find_spec(f"jaxcom.cli.{command}") is not None:
        return importlib.import_module(f"jaxcom.cli.{command}").prepare
    for found in importlib.metadata.entry_points(group="jaxcom.commands", name=command):
        return found.load()
    raise ValueError(
        f"the command `{command}` is not installed: run `pip install` for jaxcom again"
    )


def _parser() -> Parser:
    parser = Parser(
        prog="jaxcom",
        usage="jaxcom [--help] [--version] COMMAND ...",
        description="Simulate and design spinning optomechanical resonators.",
        epilog="commands:\n"
        + "".join(f"  {name:<10}{what}\n" for name, what in COMMANDS.items())
        + "\n`jaxcom COMMAND --help` lists what a command takes.",
    )
    version = f"jaxcom {importlib.metadata.version('jaxcom')}"
    parser.add_argument("--version", action="version", version=version)
    parser.add_argument("command", nargs="?", help=argparse.SUPPRESS)
    return parser


def _one_line(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return " ".join(str(error).split())
