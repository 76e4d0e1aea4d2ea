"""Characteristic polynomial of the drift matrix in closed form, and its Routh-Hurwitz test.

`jaxcom.stability.routh` has another Routh array, on purpose: that one is for polynomials of any
degree, the one here is written out for six coefficients on scalars and without divisions, so that
XLA fuses it into one kernel with the rest of the elementwise path.
"""

from functools import reduce

import jax.numpy as jnp
from jaxtyping import Array, Bool

from jaxcom.closed_form.system import fluctuations, system
from jaxcom.rates import Rates
from jaxcom.xla.scalar_algebra import Real


def characteristic_coefficients(rates: Rates, x: Real | float) -> tuple[Real, ...]:
    r"""Coefficients a_1, ..., a_6 of det(s - A) = s^6 + a_1 s^5 + ... + a_6, with A of Eq. (6).

    With S = s + kappa, and l_+- the detunings of the supermodes,

    $$
    \det(s - A) = (s^2 + \gamma s + 1)(S^2 + l_+^2)(S^2 + l_-^2) - h_2 S^2 - h_0,
    $$

    $$
    h_2 = 2 (L \nu_0 + \nu_1), \qquad h_0 = 2 l_+ l_- (L \nu_0 - \nu_1),
    $$

    where l_+^2 + l_-^2 = 2 (L^2 + R^2), l_+ l_- = L^2 - R^2, and nu_0, nu_1 are the weights of
    f = 1 and f = eps in the light, <1> and <eps> (see `jaxcom.closed_form.system`). This replaces
    S3.14-16, whose printed a_4, a_5 and a_6 contradict Eq. (6).

    Args:
        rates: in units of omega_m.
        x: mean-field shift G_0 q_s, in units of omega_m.

    Returns:
        Six arrays of the shape of the rates; a_k is in units of omega_m^k.

    >>> dark = Rates(0.5, 1e-3, 1e-3, 0.0, 0.0, 0.0, 0.0)  # two empty modes and the mirror
    >>> [round(float(a), 6) for a in characteristic_coefficients(dark, 0.0)]
    [2.001, 2.502, 2.5015, 1.563, 0.500062, 0.0625]
    """
    o = system(fluctuations(rates, x))
    kappa, gamma, kappa2 = o.kappa, o.gamma, o.kappa * o.kappa
    h2, h0 = o.spring()
    total = 2 * (o.effective_detuning * o.effective_detuning + o.splitting2)
    q0, q1 = o.determinant2, 2 * kappa * (2 * kappa2 + total)
    q2, q3 = 6 * kappa2 + total, 4 * kappa
    return (
        q3 + gamma,
        q2 + gamma * q3 + 1,
        q1 + gamma * q2 + q3,
        q0 + gamma * q1 + q2 - h2,
        gamma * q0 + q1 - 2 * kappa * h2,
        q0 - kappa2 * h2 - h0,
    )


def is_stable(rates: Rates, x: Real | float) -> Bool[Array, "..."]:
    """Whether the steady state is stable: all zeros of det(s - A) have a negative real part (S3 B).

    Each row of Routh's array is multiplied by its divisor instead of being divided by it, which
    leaves the signs unchanged as long as the first column is positive.

    Args:
        rates: in units of omega_m.
        x: mean-field shift G_0 q_s, in units of omega_m.

    Returns:
        True where stable; False for marginal systems and where a coefficient is NaN.

    >>> red = Rates(0.5, 1e-3, 1e-3, 1.0, 0.0, 0.0, 0.1)
    >>> bool(is_stable(red, 0.0)), bool(is_stable(red, 2.0))  # x = 2: blue detuning
    (True, False)
    """
    a1, a2, a3, a4, a5, a6 = characteristic_coefficients(rates, x)
    b1, b2, b3 = a1 * a2 - a3, a1 * a4 - a5, a1 * a6
    c1, c2 = b1 * a3 - a1 * b2, b1 * a5 - a1 * b3
    d1, d2 = c1 * b2 - b1 * c2, c1 * b3
    e1 = d1 * c2 - c1 * d2
    return reduce(jnp.logical_and, (first > 0 for first in (a1, b1, c1, d1, e1, a6)))
