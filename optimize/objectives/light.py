"""Objectives built from the classical light: the ratio of the photon numbers of both directions."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxcom import Direction, SpinningResonator
from jaxcom.direction import BOTH

from ..operating_point import OperatingPoint
from ..verification import verify
from .base import AbstractObjective, Scalar, without_hinges


class PhotonImbalance(AbstractObjective):
    r"""Logarithmic ratio of the intracavity photon numbers of both directions.

    $$ \ln(N_{left} / N_{right}), \qquad N = |\alpha_1|^2 + |\alpha_2|^2 $$

    By Eq. (7) the photon numbers are proportional to the mean-field shifts.

    >>> import jaxcom as jc
    >>> print(f"{PhotonImbalance()(jc.SpinningResonator(detuning=63e6)):.3f}")
    -1.78...
    """

    name: str = eqx.field(static=True)
    directions: tuple[Direction, ...] = eqx.field(static=True)

    def __init__(self):
        self.name, self.directions = "ln N(left)/N(right)", BOTH

    def value_at(self, point: OperatingPoint) -> Scalar:
        """Logarithmic ratio of the photon numbers; NaN if a direction is unstable."""
        left, right = point.shift(BOTH)
        return jnp.log(left / right)

    def terms_at(self, point: OperatingPoint) -> tuple[Scalar, Float[Array, "h ..."]]:
        """Value itself, which has a slope everywhere."""
        return without_hinges(self.value_at(point))

    def verified(self, resonator: SpinningResonator) -> float:
        """Value from the amplitudes of the mean field; see `optimize.verify`."""
        checks = verify(resonator)
        return float(jnp.log(checks.left.photons / checks.right.photons))


class ClassicalNonreciprocity(PhotonImbalance):
    r"""Absolute logarithmic ratio of the intracavity photon numbers, |ln(N(left) / N(right))|.

    With `constraints.EqualEntanglement()` it maximizes the difference of the light while both
    directions are equally entangled.

    >>> import jaxcom as jc
    >>> print(f"{ClassicalNonreciprocity()(jc.SpinningResonator(detuning=63e6)):.3f}")
    1.78...
    """

    def __init__(self):
        self.name, self.directions = "|ln N(left)/N(right)|", BOTH

    def value_at(self, point: OperatingPoint) -> Scalar:
        """Absolute logarithmic ratio of the photon numbers."""
        return jnp.abs(super().value_at(point))

    def verified(self, resonator: SpinningResonator) -> float:
        """Value from the amplitudes of the mean field; see `optimize.verify`."""
        return abs(super().verified(resonator))
