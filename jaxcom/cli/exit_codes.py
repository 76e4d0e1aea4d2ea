"""Exit codes of the command."""

import enum
import signal

SIGNALED = 128
"""Exit code of a run that a signal has ended, less the number of the signal."""


class ExitCode(enum.IntEnum):
    """Exit codes of all sub-commands."""

    SUCCESS = 0
    NOTHING_FEASIBLE = 1
    ERROR = 2
    HANGUP = SIGNALED + signal.SIGHUP
    INTERRUPTED = SIGNALED + signal.SIGINT
    BROKEN_PIPE = SIGNALED + signal.SIGPIPE
    TERMINATED = SIGNALED + signal.SIGTERM


MEANINGS = {
    ExitCode.SUCCESS: "success; a design without a steady state is a result, not an error",
    ExitCode.NOTHING_FEASIBLE: "a search found no feasible design (with a traceback: a bug)",
    ExitCode.ERROR: "wrong input, or a file that cannot be read or written",
    ExitCode.HANGUP: "the terminal was closed (SIGHUP)",
    ExitCode.INTERRUPTED: "interrupted by control-C (SIGINT)",
    ExitCode.BROKEN_PIPE: "the program that reads the output has ended (SIGPIPE)",
    ExitCode.TERMINATED: "terminated, for example by a job scheduler (SIGTERM)",
}
"""What each exit code means."""

HELP = """\
exit codes; after a signal one line says what is kept and how to continue:
""" + "".join(f"  {code:<5d}{meaning}\n" for code, meaning in MEANINGS.items())
