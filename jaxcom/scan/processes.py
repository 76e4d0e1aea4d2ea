"""Several processes of one scan: division of the work, and errors that end all of them."""

import contextlib
from collections.abc import Iterator, Sequence

import jax
import numpy as np
from jax.experimental import multihost_utils

_MESSAGE_BYTES = 400


def is_first() -> bool:
    """Whether this process creates and finishes the store."""
    return jax.process_index() == 0


def own_share(numbers: Sequence[int]) -> list[int]:
    """Numbers of the blocks that this process computes."""
    return list(numbers[jax.process_index() :: jax.process_count()])


@contextlib.contextmanager
def stage_of_all(what: str) -> Iterator[None]:
    """Stage that ends in all processes together, and with an error in all if one fails.

    Args:
        what: the stage as a verb phrase, for the error message.

    Raises:
        RuntimeError: another process failed; its message is included.
    """
    failure: Exception | None = None
    try:
        yield
    except Exception as error:  # an interrupt is not an Exception: it does not wait for the others
        failure = error
    messages = _messages("" if failure is None else f"{failure}" or type(failure).__name__)
    if failure is not None:
        raise failure
    for process, message in enumerate(messages):
        if message:
            raise RuntimeError(f"process {process} failed to {what}: {message}")


def _messages(own: str) -> list[str]:
    """Messages of all processes."""
    if jax.process_count() == 1:
        return [own]
    line = np.zeros(_MESSAGE_BYTES, np.uint8)
    encoded = own.encode()[:_MESSAGE_BYTES]
    line[: len(encoded)] = np.frombuffer(encoded, np.uint8)
    lines = multihost_utils.process_allgather(line)
    return [bytes(each).rstrip(b"\0").decode(errors="replace") for each in np.asarray(lines)]
