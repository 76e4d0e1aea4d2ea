"""Objectives made of the classical light: how many photons either direction holds."""

import equinox as eqx
import jax
import jax.numpy as jnp

from jaxcom import LEFT, RIGHT, Direction, SpinningResonator, observables

from ..verification import verify
from .base import BOTH, AbstractObjective, Scalar


class ClassicalNonreciprocity(AbstractObjective):
    """|ln(N(left) / N(right))|: the photon numbers of both directions as different as can be."""

    name: str = eqx.field(static=True)
    directions: tuple[Direction, ...] = eqx.field(static=True)

    def __init__(self):
        self.name, self.directions = "|ln N(left)/N(right)|", BOTH

    def __call__(self, resonator: SpinningResonator) -> Scalar:
        """What is reported."""
        return jnp.abs(photon_imbalance(resonator))

    def score(self, resonator: SpinningResonator) -> Scalar:
        """The same: it has a slope wherever the numbers differ."""
        return self(resonator)

    def verified(self, resonator: SpinningResonator) -> float:
        """The same by matrices."""
        checks = verify(resonator)
        return abs(float(jnp.log(checks.left.photons / checks.right.photons)))


def photon_imbalance(resonator: SpinningResonator) -> Scalar:
    """ln(N(left) / N(right)), N = |alpha_1|^2 + |alpha_2|^2 of the lowest branch; NaN if unstable.

    >>> import jaxcom as jc
    >>> print(f"{photon_imbalance(jc.SpinningResonator(detuning=63e6)):.3f}")
    -1.78...
    """

    def photons(side):
        found = observables(resonator, side)
        exists = jnp.where(found.status == 0, 1.0, jnp.nan)
        return (found.photons_driven + found.photons_reflected) * exists

    left, right = jax.vmap(photons)(jnp.array([LEFT, RIGHT]))
    return jnp.log(left / right)


classical_nonreciprocity = ClassicalNonreciprocity()
"""|ln(N(left) / N(right))|, to be had without entanglement differing: `equal_entanglement`."""
