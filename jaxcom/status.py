"""What became of a point: a status to store beside every value."""

import enum


class Status(enum.IntEnum):
    """Whether a point has a steady state, and if not, why; `advice` says what to do about it.

    >>> print(Status.UNSTABLE.advice)
    unstable: no steady state exists; ...
    """

    STABLE = 0
    UNSTABLE = 1
    NO_SUCH_BRANCH = 2
    INVALID_INPUT = 3

    @property
    def advice(self) -> str:
        """The status in words."""
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
