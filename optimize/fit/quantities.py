"""What an experiment measures of a steady state, as a function of the design.

Each is NaN where there is no steady state, photon numbers too: what was measured was one.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from jaxcom import SpinningResonator, Status, entanglement, observables
from jaxcom.observables import Observables

Curve = Callable[[SpinningResonator, ArrayLike], Float[Array, "..."]]


class Quantity(NamedTuple):
    """A number of a steady state that can be measured.

    Attributes:
        name: what tables call it.
        label: what figures call it.
        curve: the number as a function of a resonator and a direction, elementwise; made of what
            JAX can differentiate, NaN where it does not exist.

    >>> import jaxcom as jc
    >>> device = jc.SpinningResonator(detuning=19e6)
    >>> print(f"{photons.name}: {photons.curve(device, jc.LEFT):.3g}")
    photons: 4.78e+09
    """

    name: str
    label: str
    curve: Curve


def _unclipped(resonator: SpinningResonator, direction) -> Float[Array, "..."]:
    return entanglement(resonator, direction, unclipped=True)


def _of_steady_states(number: Callable[[Observables], Float[Array, "..."]]) -> Curve:
    def curve(resonator: SpinningResonator, direction) -> Float[Array, "..."]:
        seen = observables(resonator, direction)
        exists = jnp.where(seen.status == int(Status.STABLE), 1.0, jnp.nan)
        return number(seen) * exists

    return curve


log_negativity = Quantity("E_N", "logarithmic negativity $E_N$", entanglement)
"""E_N of driven mode and mirror, Eq. (12). Where it is 0 it has no slope: such a point counts in
chi2, but a small change of the design would not be seen in it."""

log_negativity_unclipped = Quantity("-ln(2 nu_-)", r"$-\ln(2\nu_-)$", _unclipped)
"""-ln(2 nu_-), which equals E_N where that is positive and tells more where it is 0: for covariance
matrices that were measured whole."""

photons = Quantity(
    "photons", r"photons $|\alpha_1|^2$", _of_steady_states(lambda seen: seen.photons_driven)
)
"""Photons in the driven mode."""

photons_reflected = Quantity(
    "reflected photons",
    r"reflected photons $|\alpha_2|^2$",
    _of_steady_states(lambda seen: seen.photons_reflected),
)
"""Photons in the reflected mode."""

photons_total = Quantity(
    "all photons",
    r"all photons $|\alpha_1|^2 + |\alpha_2|^2$",
    _of_steady_states(lambda seen: seen.photons_driven + seen.photons_reflected),
)
"""Photons in both modes."""
