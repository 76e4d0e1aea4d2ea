"""Status of a point, stored along with its values."""

import enum

import jax.numpy as jnp
from jaxtyping import Array, Bool, Int


class Status(enum.IntEnum):
    """Whether a point has a steady state, and if not, why; `advice` says what to do.

    >>> print(Status.UNSTABLE.advice)
    unstable: no steady state exists; ...
    """

    STABLE = 0
    UNSTABLE = 1
    NO_SUCH_BRANCH = 2
    INVALID_INPUT = 3

    @property
    def advice(self) -> str:
        """The status as text, with what to do about it."""
        return _ADVICE[self]


_ADVICE = {
    Status.STABLE: "stable: the steady state exists",
    Status.UNSTABLE: "unstable: no steady state exists; detune further to the red, lower the "
    "power, or choose another branch",
    Status.NO_SUCH_BRANCH: "no such branch: the mean field has fewer solutions; branch 0 always "
    "exists",
    Status.INVALID_INPUT: "invalid input: a parameter is not finite or out of its range; "
    "`jaxcom.SpinningResonator` names it when given numbers",
}


def status_code(
    valid: Bool[Array, "..."], exists: Bool[Array, "..."], stable: Bool[Array, "..."]
) -> Int[Array, "..."]:
    """Code of the first reason against a steady state: invalid input, no such branch, unstable.

    >>> import jax.numpy as jnp
    >>> yes, no = jnp.array(True), jnp.array(False)
    >>> print(Status(int(status_code(yes, no, no))).name)
    NO_SUCH_BRANCH
    """
    status = jnp.where(stable, int(Status.STABLE), int(Status.UNSTABLE))
    status = jnp.where(exists, status, int(Status.NO_SUCH_BRANCH))
    return jnp.where(valid, status, int(Status.INVALID_INPUT))
