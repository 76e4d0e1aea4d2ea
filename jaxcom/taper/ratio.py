"""How the motion by light compares with that by air."""

from jaxtyping import Array, ArrayLike, Float

from jaxcom.observables import observables
from jaxcom.resonator import SpinningResonator
from jaxcom.taper.deformation import displacement
from jaxcom.taper.fiber import Taper


def displacement_ratio(
    taper: Taper, resonator: SpinningResonator, direction: ArrayLike, branch: ArrayLike = 0
) -> Float[Array, "..."]:
    """The resonator's displacement by light over the taper's by air, eta = q_s x_zp / d, S3.13.

    Args:
        taper: the fibre.
        resonator: the device and its drive.
        direction: of the light, `LEFT` or `RIGHT`, or an array of signs.
        branch: which mean field, counted from 0 in ascending q_s over the real solutions.

    Returns:
        eta >= 0, infinite at rest; NaN where the branch or the shape of the fibre does not exist.

    Raises:
        RuntimeError: JAX is set to 32 bits.
        ValueError: `branch` is not in 0..4.

    >>> import jaxcom as jc
    >>> from jaxcom.taper import Taper
    >>> print(f"{displacement_ratio(Taper(), jc.SpinningResonator(spin=23e3), jc.LEFT):.3g}")
    8.85e-06
    """
    by_light = observables(resonator, direction, branch=branch).q_s * resonator.zero_point_motion
    return by_light / displacement(taper, resonator)
