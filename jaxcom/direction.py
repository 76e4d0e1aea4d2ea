"""Directions of the light: which of the two counter-propagating modes the laser drives."""

import enum
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Bool

from jaxcom.support.tracing import is_traced


class Direction(enum.IntEnum):
    """The side the light comes from; its value is sigma, the sign of Delta_F in Eq. (1).

    The resonator spins clockwise. Light from the left drives the counter-clockwise mode, whose
    frequency the Sagnac effect raises; light from the right drives the clockwise one.

    >>> Direction("left"), Direction(-1).label, LEFT.opposite.label
    (<Direction.LEFT: 1>, 'right', 'right')
    """

    LEFT = 1
    RIGHT = -1

    @classmethod
    def _missing_(cls, value: object) -> "Direction | None":
        names = {"left": cls.LEFT, "right": cls.RIGHT}
        return names.get(value) if isinstance(value, str) else None

    @property
    def label(self) -> str:
        """The direction as text: "left" or "right"."""
        return self.name.lower()

    @property
    def opposite(self) -> "Direction":
        """The other direction."""
        return Direction(-self.value)


LEFT, RIGHT = Direction.LEFT, Direction.RIGHT
BOTH = (LEFT, RIGHT)
"""Both directions, left first."""

NAMED_DIRECTIONS: dict[str, tuple[Direction, ...]] = {
    **{direction.label: (direction,) for direction in BOTH},
    "both": BOTH,
}
"""Directions by the names used on the command line and in problem files."""

DirectionLike = Direction | str | ArrayLike
"""A direction: `LEFT`, `RIGHT`, "left", "right", or +1 and -1, alone or in an array."""


def direction_sign(direction: DirectionLike) -> Any:
    """Sign sigma of a direction, +1 from the left and -1 from the right; arrays elementwise.

    Traced values pass unchecked; see `is_direction`.

    Raises:
        ValueError: `direction` is something else.

    >>> direction_sign("right"), direction_sign(LEFT)
    (-1, 1)
    >>> direction_sign(2)
    Traceback (most recent call last):
    ValueError: Argument `direction` must be jaxcom.LEFT (+1), jaxcom.RIGHT (-1), ...
    """
    if is_traced(direction):
        return direction
    if isinstance(direction, str):
        if direction in ("left", "right"):
            return int(Direction(direction))
        raise ValueError(_refusal(direction))
    signs = np.asarray(direction)
    if signs.dtype.kind not in "if" or not np.all(np.isin(signs, (-1, 1))):
        raise ValueError(_refusal(direction))
    return int(signs) if signs.ndim == 0 else jnp.asarray(signs)


def is_direction(sign: ArrayLike) -> Bool[Array, "..."]:
    """Whether traced values are signs of directions, elementwise.

    >>> is_direction(jnp.array([1, -1, 0]))
    Array([ True,  True, False], dtype=bool)
    """
    return jnp.abs(jnp.asarray(sign)) == 1


def _refusal(direction: Any) -> str:
    return (
        "Argument `direction` must be jaxcom.LEFT (+1), jaxcom.RIGHT (-1), 'left' or 'right', or "
        f"an array of signs, but is {direction!r}."
    )
