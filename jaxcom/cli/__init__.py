"""Command `jaxcom`: evaluate a design or a grid of designs, or search for the best design."""

import argparse
import contextlib
import importlib
import importlib.metadata
import importlib.util
import os
import signal
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from jaxcom.cli.exit_codes import SIGNALED, ExitCode
from jaxcom.cli.parser import Parser
from jaxcom.support.interruption import TERMINATIONS, notes, raising
from jaxcom.support.provenance import version
from jaxcom.support.suggestions import did_you_mean

COMMANDS = {
    "point": "evaluate one design: steady states and entanglement, light from the left and right",
    "scan": "evaluate a grid of designs of any size; store, reduce and plot it",
    "reproduce": "reproduce the figures and numbers of the paper, and report the differences",
    "optimize": "search a box of designs for the one that maximizes an objective",
}
"""Sub-commands with their descriptions.

Each is the function `prepare` of a module of this package, or an entry point in the group
`jaxcom.commands`; it is imported when the command is called.
"""

MAX_LINE = 1000
"""Maximum length of an error message, which may quote a file."""

Job = Callable[[], int]
"""Function that runs a command whose input has been read, and returns the exit code.

An interruption that it raises says what is kept, and in a note how to continue.
"""


def command() -> NoReturn:
    """Run the command with the arguments of the process, and end the process.

    After a signal it ends at once: XLA may have been interrupted anywhere, and the end of Python
    would call it once more, which waits for it or crashes.
    """
    code = main()
    if code > SIGNALED:
        os._exit(code)
    sys.exit(code)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; errors in its input are printed as one line on the standard error.

    Args:
        argv: arguments; by default those of the process.

    Returns:
        Exit code, one of `ExitCode`.

    >>> int(main(["point", "--detuning", "0.4*omega"]))  # prints the error on the standard error
    2
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        with raising((signal.SIGINT, *TERMINATIONS)):
            return _run(arguments)
    except BrokenPipeError:
        return _broken_pipe()
    except (InputError, OSError) as error:
        _print(f"error: {_one_line(error)}")
        return ExitCode.ERROR
    except KeyboardInterrupt as interruption:
        _print(f"interrupted: {_kept(interruption)}")
        return SIGNALED + getattr(interruption, "number", signal.SIGINT)


class InputError(Exception):
    """Error in the input of the user; any other error of a job is a bug of the program."""


def _run(arguments: list[str]) -> int:
    """Run a command, and write what it has printed: a broken pipe must show here."""
    try:
        return _job(arguments)()
    finally:
        sys.stdout.flush()


def _job(arguments: list[str]) -> Job:
    """Read the input of a command; errors raised meanwhile are those of the user."""
    try:
        command = _parser().parse_args(arguments[:1] or ["--help"]).command
        if command not in COMMANDS:
            raise ValueError(f"unknown command `{command}`{did_you_mean(command, COMMANDS)}")
        return _prepare(command)(arguments[1:])
    except (TypeError, ValueError) as error:
        raise InputError(str(error)) from error


def _prepare(command: str) -> Callable[[Sequence[str]], Job]:
    """Import the function `prepare` of a command."""
    import jax

    jax.config.update("jax_enable_x64", True)  # before anything that computes is imported
    if importlib.util.find_spec(f"jaxcom.cli.{command}") is not None:
        return importlib.import_module(f"jaxcom.cli.{command}").prepare
    for entry_point in importlib.metadata.entry_points(group="jaxcom.commands", name=command):
        return entry_point.load()
    raise ValueError(
        f"the command `{command}` is not installed: run `pip install` for jaxcom again"
    )


def _parser() -> Parser:
    parser = Parser(
        prog="jaxcom",
        usage="jaxcom [--help] [--version] COMMAND ...",
        description="Simulate and design spinning optomechanical resonators.",
        epilog="commands:\n"
        + "".join(f"  {name:<10}{description}\n" for name, description in COMMANDS.items())
        + "\n`jaxcom COMMAND --help` lists the arguments of a command.",
    )
    parser.add_argument("--version", action="version", version=f"jaxcom {version()}")
    parser.add_argument("command", nargs="?", help=argparse.SUPPRESS)
    return parser


def _one_line(error: Exception) -> str:
    """Message of an error on one line, without what files may hold to disturb a terminal."""
    text = str(error)
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        text = f"{error.filename}: {error.strerror}"
    line = " ".join(text.split())
    line = line if len(line) <= MAX_LINE else f"{line[:MAX_LINE]} ..."
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)


def _kept(interruption: KeyboardInterrupt) -> str:
    """What an interruption has left, and how to continue."""
    kept = str(interruption) or "nothing is kept"
    return "; ".join([kept, *notes(interruption)])


def _print(line: str) -> None:
    """Print a line on the standard error, unless its terminal is closed."""
    with contextlib.suppress(OSError):
        print(f"jaxcom: {line}", file=sys.stderr, flush=True)


def _broken_pipe() -> ExitCode:
    """End without a message of Python, which would write its buffer to the broken pipe."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ExitCode.BROKEN_PIPE
