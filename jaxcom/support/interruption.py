"""Signals that end a run: what is kept, and the way the process ends.

A run that keeps results tells by `keeping` what an interruption leaves. Python raises
KeyboardInterrupt for SIGINT (control-C) only; here SIGTERM (of a job scheduler) and SIGHUP (of a
terminal that is closed) raise one as well.
"""

import contextlib
import shlex
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence

TERMINATIONS = (signal.SIGTERM, signal.SIGHUP)
"""Signals that end a process without an exception."""


class Terminated(KeyboardInterrupt):
    """Interruption of a run by a signal.

    Attributes:
        number: number of the signal.
    """

    def __init__(self, number: int):
        super().__init__()
        self.number = number


@contextlib.contextmanager
def raising(numbers: Sequence[signal.Signals]) -> Iterator[tuple[signal.Signals, ...]]:
    """Let signals raise `Terminated` in the block; a second signal ends the process at once.

    Only signals that would end the process are taken over, and only in the main thread: what the
    program around handles or ignores (nohup) stays as it is.

    Args:
        numbers: the signals.

    Yields:
        Those signals that are taken over.

    >>> try:
    ...     with raising([signal.SIGTERM]):
    ...         signal.raise_signal(signal.SIGTERM)
    ... except Terminated as interruption:
    ...     print(interruption.number == signal.SIGTERM)
    True
    """
    before = {number: signal.getsignal(number) for number in numbers}
    deadly = (signal.SIG_DFL, signal.default_int_handler)
    if threading.current_thread() is not threading.main_thread():
        deadly = ()
    taken = tuple(number for number in numbers if before[number] in deadly)
    handler = _Handler()
    for number in taken:
        signal.signal(number, handler)
    try:
        yield taken
    finally:
        for number in taken:
            signal.signal(number, before[number])


class _Handler:
    """Raises for the first signal; the second one ends the process."""

    def __init__(self):
        self.received: int | None = None

    def __call__(self, number: int, frame: object) -> None:
        if self.received is not None:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        self.received = number
        raise Terminated(number)


def raise_if_interrupted() -> None:
    """Raise `Terminated` if a signal has come whose exception was lost.

    An exception that is raised in a callback, such as one of the garbage collector, is printed and
    ignored by Python. Loops that run for long call this in every turn.
    """
    for number in (signal.SIGINT, *TERMINATIONS):
        handler = signal.getsignal(number)
        if isinstance(handler, _Handler) and handler.received is not None:
            raise Terminated(handler.received)


@contextlib.contextmanager
def ending_in_order() -> Iterator[None]:
    """Let SIGTERM and SIGHUP raise in the block; then print what is kept, and end the process.

    The process ends by the same signal, as it would have without this. For the body of a function
    of the library that keeps results; the command has its own way (`jaxcom.cli`).
    """
    with raising(TERMINATIONS) as taken:
        try:
            yield
            return
        except Terminated as interruption:
            if interruption.number not in taken:
                raise
            number, kept = interruption.number, "; ".join([str(interruption), *notes(interruption)])
    with contextlib.suppress(OSError):  # the terminal may be closed
        print(f"jaxcom: {signal.Signals(number).name}: {kept}", file=sys.stderr, flush=True)
    signal.raise_signal(number)


@contextlib.contextmanager
def keeping(kept: Callable[[], str], note: str = "") -> Iterator[None]:
    """Let an interruption of the block say what is kept, unless it does already.

    Args:
        kept: function that returns what is kept, or an empty text for nothing.
        note: how to go on, if something is kept.

    >>> try:
    ...     with keeping(lambda: "2 of 3 parts are kept"):
    ...         raise KeyboardInterrupt
    ... except KeyboardInterrupt as interruption:
    ...     print(interruption)
    2 of 3 parts are kept
    """
    try:
        yield
    except KeyboardInterrupt as interruption:
        if not interruption.args and (text := kept()):
            interruption.args = (text,)
            if note:
                interruption.add_note(note)
        raise


@contextlib.contextmanager
def continued_by(words: Sequence[str]) -> Iterator[None]:
    """Let an interruption that says what is kept also say which command continues the run.

    Args:
        words: the command; it replaces the advice of the library.
    """
    try:
        yield
    except KeyboardInterrupt as interruption:
        if interruption.args:
            interruption.__notes__ = [f"continue with: {shlex.join(words)}"]
        raise


def notes(interruption: KeyboardInterrupt) -> list[str]:
    """Notes of an interruption on how to go on."""
    return list(getattr(interruption, "__notes__", ()))
