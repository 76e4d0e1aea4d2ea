"""Several processes of one scan: who does what, and that a failure of one is a failure of all."""

import contextlib
from collections.abc import Iterator, Sequence

import jax
import numpy as np
from jax.experimental import multihost_utils

_LETTERS = 400


def is_first() -> bool:
    """Is this the process that creates and finishes the store?"""
    return jax.process_index() == 0


def share(numbers: Sequence[int]) -> list[int]:
    """The blocks of this process, of all blocks."""
    return list(numbers[jax.process_index() :: jax.process_count()])


@contextlib.contextmanager
def together(what: str) -> Iterator[None]:
    """A stage that all processes end together; where one fails, all do.

    Raises:
        RuntimeError: another process failed; the message is that one's.
    """
    failure: Exception | None = None
    try:
        yield
    except Exception as error:  # an interrupt waits for nobody
        failure = error
    messages = _messages("" if failure is None else f"{failure}" or type(failure).__name__)
    if failure is not None:
        raise failure
    for process, message in enumerate(messages):
        if message:
            raise RuntimeError(f"process {process} failed to {what}: {message}")


def _messages(mine: str) -> list[str]:
    """The message of every process."""
    if jax.process_count() == 1:
        return [mine]
    line = np.zeros(_LETTERS, np.uint8)
    letters = mine.encode()[:_LETTERS]
    line[: len(letters)] = np.frombuffer(letters, np.uint8)
    lines = multihost_utils.process_allgather(line)
    return [bytes(each).rstrip(b"\0").decode(errors="replace") for each in np.asarray(lines)]
