"""Forces between the surfaces of taper and resonator, S2.6 and S2.7."""

import math

import jax.numpy as jnp
from jaxtyping import Array, Float
from scipy.constants import c, hbar
from scipy.constants import k as k_B

from jaxcom.resonator import SpinningResonator
from jaxcom.taper.drag import aerodynamic_force
from jaxcom.taper.fiber import Taper, one_if_valid
from jaxcom.xla.precision import require_x64

PERMITTIVITY = 3.9
"""Static relative permittivity of silica, of which both bodies are made: e_1 = e_2 of S2.7."""

ABSORPTION_FREQUENCY = 3e15
"""Main electronic absorption frequency nu_e of S2.7, with hbar as printed in the paper."""

REPULSION = 1e-76
"""Constant B of the repulsion between the surfaces in S2.6, in J m^6."""


def hamaker_constant(taper: Taper, resonator: SpinningResonator) -> Float[Array, "..."]:
    r"""Hamaker constant of taper and resonator across vacuum, by Tabor and Winterton, S2.7, in J.

    $$
    Ha = \frac{3}{4} k_B T \left(\frac{\epsilon - 1}{\epsilon + 1}\right)^2
    + \frac{3 \sqrt{2} \hbar \nu_e}{16}
    \frac{(n_1^2 - 1)(n_2^2 - 1)}{m_1 m_2 (m_1 + m_2)}, \quad m_j = \sqrt{n_j^2 + 1}
    $$

    Here epsilon is `PERMITTIVITY`, nu_e is `ABSORPTION_FREQUENCY`, n_1 is the refractive index of
    the taper, and n_2 and T are refractive index and temperature of the resonator. The prefactor
    3/4 of the first term, which is printed ambiguously, is that of the Lifshitz theory. That theory
    has Planck's h where S2.7 has hbar, which would make the second term 2 pi times as large.

    Args:
        taper: the fiber and the air; fields may be arrays.
        resonator: the spinning resonator; fields may be arrays.

    Returns:
        Ha in J, of the common shape of all fields.

    >>> import jaxcom as jc
    >>> from jaxcom.taper import Taper
    >>> print(f"{hamaker_constant(Taper(), jc.SpinningResonator()):.4g}")
    1.043e-20
    """
    contrast = (PERMITTIVITY - 1) / (PERMITTIVITY + 1)
    thermal = 0.75 * k_B * resonator.temperature * contrast**2
    return (thermal + _dispersive(taper, resonator)) * one_if_valid(taper, resonator)


def _dispersive(taper: Taper, resonator: SpinningResonator):
    squares = taper.refractive_index**2, resonator.refractive_index**2
    contrast = (squares[0] - 1) * (squares[1] - 1)
    first, second = ((square + 1) ** 0.5 for square in squares)
    unit = 3 * math.sqrt(2) * hbar * ABSORPTION_FREQUENCY / 16
    return unit * contrast / (first * second * (first + second))


def intermolecular_force(taper: Taper, resonator: SpinningResonator) -> Float[Array, "..."]:
    r"""Intermolecular force between the surfaces of taper and resonator, S2.6, in N.

    $$
    T_\mathrm{int} = r R \left(-\frac{Ha}{6 \pi h^3} + \frac{B}{45 \pi h^9}
    - \frac{\pi^2 c \hbar}{240 h^4}\right)
    $$

    The terms are the van der Waals attraction, the repulsion with B = `REPULSION`, and the Casimir
    attraction.

    Args:
        taper: the fiber and the air; fields may be arrays.
        resonator: the spinning resonator; fields may be arrays.

    Returns:
        T_int in N, negative for attraction, of the common shape of all fields.

    Raises:
        RuntimeError: JAX is set to 32 bits.

    >>> import jaxcom as jc
    >>> from jaxcom.taper import Taper
    >>> print(f"{intermolecular_force(Taper(), jc.SpinningResonator()):.4g}")
    -2.204e-10
    """
    require_x64("jaxcom.taper")
    h = jnp.asarray(taper.separation)
    attraction = hamaker_constant(taper, resonator) / (6 * math.pi * h**3)
    repulsion = REPULSION / (45 * math.pi * h**9)
    casimir = math.pi**2 * c * hbar / (240 * h**4)
    return taper.radius * resonator.radius * (repulsion - attraction - casimir)


def total_force(taper: Taper, resonator: SpinningResonator) -> Float[Array, "..."]:
    """Total force T_air + T_int on the taper, as in Fig. S1(c), in N.

    Args:
        taper: the fiber and the air; fields may be arrays.
        resonator: the spinning resonator; fields may be arrays.

    Returns:
        T_air + T_int in N, of the common shape of all fields.

    Raises:
        RuntimeError: JAX is set to 32 bits.

    >>> import jaxcom as jc
    >>> from jaxcom.taper import Taper
    >>> print(f"{total_force(Taper(separation=2e-9), jc.SpinningResonator(spin=23e3)):.4g}")
    0.004779
    """
    return aerodynamic_force(taper, resonator) + intermolecular_force(taper, resonator)
