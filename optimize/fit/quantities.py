"""Measured quantities of a steady state, as functions of the design.

All are NaN where there is no steady state, photon numbers too: a steady state was measured.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from jaxcom import SpinningResonator, Status, entanglement, observables
from jaxcom.direction import DirectionLike
from jaxcom.observables import Observables

Curve = Callable[[SpinningResonator, ArrayLike], Float[Array, "..."]]


class MeasuredQuantity(NamedTuple):
    """Number of a steady state that can be measured.

    Attributes:
        name: name in tables.
        label: label in figures, may contain LaTeX.
        curve: the number as an elementwise function of a resonator and a direction, differentiable
            by JAX and NaN where it does not exist.

    >>> import jaxcom as jc
    >>> device = jc.SpinningResonator(detuning=19e6)
    >>> print(f"{photons_driven.name}: {photons_driven.curve(device, jc.LEFT):.3g}")
    photons: 4.78e+09
    """

    name: str
    label: str
    curve: Curve


def _unclipped(resonator: SpinningResonator, direction: DirectionLike) -> Float[Array, "..."]:
    return entanglement(resonator, direction, unclipped=True)


def _where_stable(number: Callable[[Observables], Float[Array, "..."]]) -> Curve:
    """Curve of an observable, NaN without a steady state."""

    def curve(resonator: SpinningResonator, direction: ArrayLike) -> Float[Array, "..."]:
        found = observables(resonator, direction)
        exists = jnp.where(found.status == int(Status.STABLE), 1.0, jnp.nan)
        return number(found) * exists

    return curve


log_negativity = MeasuredQuantity("E_N", "logarithmic negativity $E_N$", entanglement)
"""E_N of driven mode and mirror, Eq. (12). Where it is 0 it has no slope: such a point counts in
chi2, but a small change of the design would not show in it."""

log_negativity_unclipped = MeasuredQuantity("-ln(2 nu_-)", r"$-\ln(2\nu_-)$", _unclipped)
"""-ln(2 nu_-), which is E_N where positive and has a slope elsewhere too: for covariance matrices
that were measured completely."""

photons_driven = MeasuredQuantity(
    "photons", r"photons $|\alpha_1|^2$", _where_stable(lambda found: found.photons_driven)
)
"""Photon number of the driven mode."""

photons_reflected = MeasuredQuantity(
    "reflected photons",
    r"reflected photons $|\alpha_2|^2$",
    _where_stable(lambda found: found.photons_reflected),
)
"""Photon number of the reflected mode."""

photons_total = MeasuredQuantity(
    "all photons",
    r"all photons $|\alpha_1|^2 + |\alpha_2|^2$",
    _where_stable(lambda found: found.photons_driven + found.photons_reflected),
)
"""Sum of the photon numbers of both modes."""
