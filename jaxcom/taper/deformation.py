"""Shape, tension and strain of the fiber that the air bends, S2.3 to S2.5.

The bent fiber is an arc of a circle over the chord L. It leaves the chord at an angle a with
sin(a) = phi, its sagitta is the displacement d, and its tension balances the air.

At rest all functions here are 0. For small spins they scale as |Omega|^(1/3) or |Omega|^(2/3), so
that at rest their derivatives with respect to the spin are infinite or NaN. The derivatives with
respect to all other fields are 0 there; in forward mode only if the spin is not varied with them.
Beyond the spin Omega_0 of `spin_limits` no shape balances the air: values and derivatives are NaN.
"""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxcom.resonator import SpinningResonator
from jaxcom.taper.drag import drag_coefficient
from jaxcom.taper.fiber import Taper, axial_rigidity

# S2.4 gives d = (L/2) s with s = beta - sqrt(beta^2 - 1), that is s + 1/s = 2 beta. S2.3 becomes
# phi = 4 L d/(L^2 + 4 d^2) = 2/(s + 1/s) = 1/beta, the cube root of a force. With sin(a) = phi and
# s = tan(a/2), all that follows is free of cancellation.


def bending(taper: Taper, resonator: SpinningResonator) -> Float[Array, "..."]:
    r"""Bending phi of the fiber, the sine of the angle between the fiber and its chord.

    $$
    \phi = \left(\frac{3 T_\mathrm{air}}{\pi r^2 E}\right)^{1/3}
    $$

    It is 1/beta of S2.4 and equals phi = 4 L d/(L^2 + 4 d^2) of S2.3.

    Args:
        taper: the fiber and the air; fields may be arrays.
        resonator: the spinning resonator; fields may be arrays.

    Returns:
        phi, from 0 to 1, of the common shape of all fields; NaN where no shape exists.

    Raises:
        RuntimeError: JAX is set to 32 bits.

    >>> import jaxcom as jc
    >>> from jaxcom.taper import Taper
    >>> bending(Taper(), jc.SpinningResonator(spin=-23e3)).round(4)
    Array(0.234, dtype=float64)
    """
    # A separate cube root of the spin: at rest, only the slope by the spin is infinite.
    per_spin = 3 * drag_coefficient(taper, resonator) / axial_rigidity(taper)
    sine = jnp.cbrt(jnp.abs(resonator.spin)) * jnp.cbrt(per_spin)
    return sine * jnp.where(sine <= 1, 1.0, jnp.nan)


def displacement(taper: Taper, resonator: SpinningResonator) -> Float[Array, "..."]:
    r"""Displacement d of the taper by the air, S2.4, in m.

    $$
    d = \frac{L}{2} \left(\beta - \sqrt{\beta^2 - 1}\right)
    $$

    Args:
        taper: the fiber and the air; fields may be arrays.
        resonator: the spinning resonator; fields may be arrays.

    Returns:
        d in m, from 0 to L/2, of the common shape of all fields; NaN where no shape exists.

    Raises:
        RuntimeError: JAX is set to 32 bits.

    >>> import jaxcom as jc
    >>> from jaxcom.taper import Taper
    >>> print(f"{displacement(Taper(), jc.SpinningResonator(spin=23e3)):.4g}")
    1.779e-07
    """
    sine = bending(taper, resonator)
    return taper.arc_length / 2 * sine / (1 + _cosine(sine))


def restoring_force(taper: Taper, resonator: SpinningResonator) -> Float[Array, "..."]:
    r"""Tension F of the bent fiber in N.

    $$
    F = \frac{\pi r^2 E \phi^2}{6}
    $$

    It is pi r^2 E times the strain to lowest order, and the integral of the stiffness of S2.5 over
    the displacement. The tension at both ends balances the air: T_air = 2 phi F.

    Args:
        taper: the fiber and the air; fields may be arrays.
        resonator: the spinning resonator; fields may be arrays.

    Returns:
        F in N, of the common shape of all fields; NaN where no shape exists.

    Raises:
        RuntimeError: JAX is set to 32 bits.

    >>> import jaxcom as jc
    >>> from jaxcom.taper import Taper
    >>> print(f"{restoring_force(Taper(), jc.SpinningResonator(spin=23e3)):.4g}")
    0.0006361
    """
    return axial_rigidity(taper) * bending(taper, resonator) ** 2 / 6


def stiffness(taper: Taper, resonator: SpinningResonator) -> Float[Array, "..."]:
    r"""Stiffness of the fiber, the derivative of the restoring force by the displacement, S2.5.

    $$
    \frac{dF}{dh} = \frac{16 \pi r^2 E L^2 d (L^2 - 4 d^2)}{3 (L^2 + 4 d^2)^3}
    $$

    It is 0 at d = 0 and at d = L/2, where the arc is a semicircle.

    Args:
        taper: the fiber and the air; fields may be arrays.
        resonator: the spinning resonator; fields may be arrays.

    Returns:
        dF/dh in N/m, of the common shape of all fields; NaN where no shape exists.

    Raises:
        RuntimeError: JAX is set to 32 bits.

    >>> import jaxcom as jc
    >>> from jaxcom.taper import Taper
    >>> print(f"{stiffness(Taper(), jc.SpinningResonator(spin=23e3)):.4g}")
    6951
    """
    # With 2 d/L = tan(a/2), L^2 d (L^2 - 4 d^2)/(L^2 + 4 d^2)^3 = sin(a) cos(a) (1 + cos(a))/(8 L).
    sine = bending(taper, resonator)
    cosine = _cosine(sine)
    unit = 2 * axial_rigidity(taper) / (3 * taper.arc_length)
    return unit * sine * cosine * (1 + cosine)


def strain(taper: Taper, resonator: SpinningResonator) -> Float[Array, "..."]:
    r"""Strain of the fiber, its relative elongation, S2.5.

    $$
    \frac{\mathrm{arc}}{\mathrm{chord}} - 1 = \frac{\arcsin\phi}{\phi} - 1
    $$

    The relative error, measured against 40 digits, is below 1e-15, however small the strain.

    Args:
        taper: the fiber and the air; fields may be arrays.
        resonator: the spinning resonator; fields may be arrays.

    Returns:
        The strain, of the common shape of all fields; NaN where no shape exists.

    Raises:
        RuntimeError: JAX is set to 32 bits.

    >>> import jaxcom as jc
    >>> from jaxcom.taper import Taper
    >>> print(f"{strain(Taper(), jc.SpinningResonator(spin=23e3)):.4g}")
    0.009355
    """
    return elongation(bending(taper, resonator))


def elongation(sine: Float[Array, "..."]) -> Float[Array, "..."]:
    """Value of asin(x)/x - 1 without cancellation.

    Args:
        sine: x, from 0 to 1.

    >>> import jax.numpy as jnp
    >>> elongation(jnp.array([1e-9, 1.0]))
    Array([1.66666667e-19, 5.70796327e-01], dtype=float64)
    """
    # For e(a) = a/sin(a) - 1, halving the angle gives e(a) = (e(a/2) + 1 - cos(a/2)) / cos(a/2),
    # a sum of positive numbers. After two halvings the sine is at most sin(pi/8), for the series.
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
    """Value of 1 - cos without cancellation."""
    return sine**2 / (1 + cosine)


def _series(square: Float[Array, "..."]) -> Float[Array, "..."]:
    """Power series of asin(x)/x - 1 in x^2; 17 terms are enough up to x = sin(pi/8)."""
    total = jnp.zeros_like(square)
    for coefficient in reversed(_COEFFICIENTS):
        total = (total + coefficient) * square
    return total


_K = np.arange(1, 18)
_COEFFICIENTS = (np.cumprod((2 * _K - 1) / (2 * _K)) / (2 * _K + 1)).tolist()
