"""Ratio of the displacement by light to the displacement by air, S3.13."""

from jaxtyping import Array, ArrayLike, Float

from jaxcom.direction import DirectionLike
from jaxcom.observables import observables
from jaxcom.resonator import SpinningResonator
from jaxcom.taper.deformation import displacement
from jaxcom.taper.fiber import Taper


def displacement_ratio(
    taper: Taper, resonator: SpinningResonator, direction: DirectionLike, *, branch: ArrayLike = 0
) -> Float[Array, "..."]:
    r"""Displacement of the resonator by light over that of the taper by air, S3.13.

    $$
    \eta = \frac{q_s x_\mathrm{zp}}{d}
    $$

    Args:
        taper: the fiber and the air; fields may be arrays.
        resonator: the device and its drive; fields may be arrays.
        direction: `LEFT` or `RIGHT`, or an array of signs.
        branch: which mean field, counted from 0 in ascending q_s over the real solutions.

    Returns:
        eta >= 0, of the common shape of the arguments; infinite at rest, NaN where the branch or
        the shape of the fiber does not exist.

    Raises:
        RuntimeError: JAX is set to 32 bits.
        ValueError: `direction` is neither `LEFT` nor `RIGHT`, or `branch` is not in 0..4.

    >>> import jaxcom as jc
    >>> from jaxcom.taper import Taper
    >>> print(f"{displacement_ratio(Taper(), jc.SpinningResonator(spin=23e3), jc.LEFT):.3g}")
    8.85e-06
    """
    by_light = observables(resonator, direction, branch=branch).q_s * resonator.zero_point_motion
    return by_light / displacement(taper, resonator)
