"""The shape that the air bends the fibre to, and what that shape costs: S2.3 to S2.5.

The bent fibre is an arc of a circle over the chord L. It leaves the chord at an angle a with
sin(a) = phi, its sagitta is the displacement d, and its tension balances the air.

At rest all functions here are 0. Towards it they go as |Omega|^(1/3) or |Omega|^(2/3), so that
their derivatives by the spin are infinite there and come out as infinite or NaN. Those by all other
fields are 0; in forward mode only if the spin is not varied along with them. No shape balances the
air beyond the spin Omega_0 of `spin_limits`: values and derivatives are NaN.
"""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxcom.resonator import SpinningResonator
from jaxcom.taper.drag import drag_coefficient
from jaxcom.taper.fiber import Taper, axial_rigidity

# S2.4 gives d = (L/2) s with s = beta - sqrt(beta^2 - 1), that is s + 1/s = 2 beta. S2.3 becomes
# phi = 4 L d/(L^2 + 4 d^2) = 2/(s + 1/s) = 1/beta: the cube root of a force. The rest is
# trigonometry, sin(a) = phi and s = tan(a/2), in which nothing cancels.


def bending(taper: Taper, resonator: SpinningResonator) -> Float[Array, "..."]:
    """The sine phi = (3 T_air / (pi r^2 E))^(1/3) of the angle at which the fibre leaves its chord.

    It is 1/beta of S2.4 and equals phi = 4 L d/(L^2 + 4 d^2) of S2.3. From 0 to 1; NaN beyond.

    >>> import jaxcom as jc
    >>> from jaxcom.taper import Taper
    >>> bending(Taper(), jc.SpinningResonator(spin=-23e3)).round(4)
    Array(0.234, dtype=float64)
    """
    # The cube root of the spin apart: at rest it has a slope of its own only.
    per_spin = 3 * drag_coefficient(taper, resonator) / axial_rigidity(taper)
    sine = jnp.cbrt(jnp.abs(resonator.spin)) * jnp.cbrt(per_spin)
    return sine * jnp.where(sine <= 1, 1.0, jnp.nan)


def displacement(taper: Taper, resonator: SpinningResonator) -> Float[Array, "..."]:
    """How far the air moves the taper, d = (L/2) (beta - sqrt(beta^2 - 1)), S2.4, in m.

    >>> import jaxcom as jc
    >>> from jaxcom.taper import Taper
    >>> print(f"{displacement(Taper(), jc.SpinningResonator(spin=23e3)):.4g}")
    1.779e-07
    """
    sine = bending(taper, resonator)
    return taper.arc_length / 2 * sine / (1 + _cosine(sine))


def restoring_force(taper: Taper, resonator: SpinningResonator) -> Float[Array, "..."]:
    """Tension of the bent fibre, F = pi r^2 E phi^2 / 6, in N.

    That is pi r^2 E times the strain in lowest order, and the integral of S2.5's stiffness over the
    displacement. Its two ends hold the air in balance: T_air = 2 phi F.

    >>> import jaxcom as jc
    >>> from jaxcom.taper import Taper
    >>> print(f"{restoring_force(Taper(), jc.SpinningResonator(spin=23e3)):.4g}")
    0.0006361
    """
    return axial_rigidity(taper) * bending(taper, resonator) ** 2 / 6


def stiffness(taper: Taper, resonator: SpinningResonator) -> Float[Array, "..."]:
    """How the restoring force grows with the displacement, dF/dh of S2.5, in N/m.

    dF/dh = 16 pi r^2 E L^2 d (L^2 - 4 d^2) / (3 (L^2 + 4 d^2)^3). It rises from 0 and falls back to
    0 at d = L/2, where the arc is half a circle.

    >>> import jaxcom as jc
    >>> from jaxcom.taper import Taper
    >>> print(f"{stiffness(Taper(), jc.SpinningResonator(spin=23e3)):.4g}")
    6951
    """
    # With 2 d/L = tan(a/2), the fraction is sin(a) cos(a) (1 + cos(a)) / 8 over L.
    sine = bending(taper, resonator)
    cosine = _cosine(sine)
    unit = 2 * axial_rigidity(taper) / (3 * taper.arc_length)
    return unit * sine * cosine * (1 + cosine)


def strain(taper: Taper, resonator: SpinningResonator) -> Float[Array, "..."]:
    """Relative elongation of the fibre, arc over chord less 1, asin(phi)/phi - 1, S2.5.

    Measured against 40 digits its relative error is below 1e-15, however small the strain.

    >>> import jaxcom as jc
    >>> from jaxcom.taper import Taper
    >>> print(f"{strain(Taper(), jc.SpinningResonator(spin=23e3)):.4g}")
    0.009355
    """
    return elongation(bending(taper, resonator))


def elongation(sine: Float[Array, "..."]) -> Float[Array, "..."]:
    """asin(x)/x - 1 without cancellation, for x from 0 to 1.

    >>> import jax.numpy as jnp
    >>> elongation(jnp.array([1e-9, 1.0]))
    Array([1.66666667e-19, 5.70796327e-01], dtype=float64)
    """
    # For e(a) = a/sin(a) - 1, halving the angle gives e(a) = (e(a/2) + 1 - cos(a/2)) / cos(a/2),
    # a sum of positive numbers. Two halvings leave sines of at most sin(pi/8), for the series.
    half_sine, half_cosine = _halved(sine, _cosine(sine))
    quarter_sine, quarter_cosine = _halved(half_sine, half_cosine)
    half = (_series(quarter_sine**2) + _versine(quarter_sine, quarter_cosine)) / quarter_cosine
    return (half + _versine(half_sine, half_cosine)) / half_cosine


def _cosine(sine: Float[Array, "..."]) -> Float[Array, "..."]:
    return jnp.sqrt((1 - sine) * (1 + sine))


def _halved(
    sine: Float[Array, "..."], cosine: Float[Array, "..."]
) -> tuple[Float[Array, "..."], Float[Array, "..."]]:
    """Sine and cosine of half the angle."""
    half_cosine = jnp.sqrt((1 + cosine) / 2)
    return sine / (2 * half_cosine), half_cosine


def _versine(sine: Float[Array, "..."], cosine: Float[Array, "..."]) -> Float[Array, "..."]:
    """1 - cos."""
    return sine**2 / (1 + cosine)


def _series(square: Float[Array, "..."]) -> Float[Array, "..."]:
    """asin(x)/x - 1 as a power series in x^2, up to x = sin(pi/8), where 17 terms are enough."""
    total = jnp.zeros_like(square)
    for coefficient in reversed(_COEFFICIENTS):
        total = (total + coefficient) * square
    return total


_K = np.arange(1, 18)
_COEFFICIENTS = (np.cumprod((2 * _K - 1) / (2 * _K)) / (2 * _K + 1)).tolist()
