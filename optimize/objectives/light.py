"""Objective built from the classical light: the ratio of the photon numbers of both directions."""

import equinox as eqx
import jax
import jax.numpy as jnp

from jaxcom import Direction, SpinningResonator, observables
from jaxcom.status import Status

from ..verification import verify
from .base import BOTH, AbstractObjective, Scalar


class ClassicalNonreciprocity(AbstractObjective):
    r"""Absolute logarithmic ratio of the intracavity photon numbers of both directions.

    $$ |\ln(N_{left} / N_{right})|, \qquad N = |\alpha_1|^2 + |\alpha_2|^2 $$

    With `constraints.EqualEntanglement()` it maximizes the difference of the light while both
    directions are equally entangled.

    >>> import jaxcom as jc
    >>> print(f"{ClassicalNonreciprocity()(jc.SpinningResonator(detuning=63e6)):.3f}")
    1.78...
    """

    name: str = eqx.field(static=True)
    directions: tuple[Direction, ...] = eqx.field(static=True)

    def __init__(self):
        self.name, self.directions = "|ln N(left)/N(right)|", BOTH

    def __call__(self, resonator: SpinningResonator) -> Scalar:
        """Absolute logarithmic ratio of the photon numbers."""
        return jnp.abs(photon_imbalance(resonator))

    def score(self, resonator: SpinningResonator) -> Scalar:
        """Value itself, which has a slope wherever the photon numbers differ."""
        return self(resonator)

    def verified(self, resonator: SpinningResonator) -> float:
        """Value from the amplitudes of the mean field; see `optimize.verify`."""
        checks = verify(resonator)
        return abs(float(jnp.log(checks.left.photons / checks.right.photons)))


def photon_imbalance(resonator: SpinningResonator) -> Scalar:
    """ln(N(left) / N(right)) on the lowest branch, N = |alpha_1|^2 + |alpha_2|^2; NaN if unstable.

    >>> import jaxcom as jc
    >>> print(f"{photon_imbalance(jc.SpinningResonator(detuning=63e6)):.3f}")
    -1.78...
    """

    def photons(side):
        found = observables(resonator, side)
        exists = jnp.where(found.status == int(Status.STABLE), 1.0, jnp.nan)
        return (found.photons_driven + found.photons_reflected) * exists

    left, right = jax.vmap(photons)(jnp.array(BOTH))
    return jnp.log(left / right)
