"""Characteristic polynomial of the drift matrix in closed form, and whether it is Hurwitz.

`jaxcom.stability.routh` is for polynomials of any degree; the criterion here uses the structure of
this one, which makes its verdict right up to the rounding of the rates themselves.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool

from jaxcom.closed_form.system import System, fluctuations, system
from jaxcom.rates import Rates
from jaxcom.xla.elementary import reciprocal
from jaxcom.xla.scalar_algebra import Real


def characteristic_coefficients(rates: Rates, detuning: Real | float) -> tuple[Real, ...]:
    r"""Coefficients a_1, ..., a_6 of det(s - A) = s^6 + a_1 s^5 + ... + a_6, with A of Eq. (6).

    With S = s + kappa, and l_+- the detunings of the supermodes,

    $$
    \det(s - A) = (s^2 + \gamma s + 1) \, Q(s) - H(s), \qquad
    Q = (S^2 + l_+^2)(S^2 + l_-^2), \qquad H = h_2 S^2 + h_0,
    $$

    where l_+^2 + l_-^2 = 2 (L^2 + R^2), l_+ l_- = L^2 - R^2, and h_2, h_0 are the spring of the
    light (`jaxcom.closed_form.system.System.spring`). This replaces S3.14-16, whose printed a_4,
    a_5 and a_6 contradict Eq. (6).

    Args:
        rates: in units of omega_m.
        detuning: effective detuning L = Delta_c - G_0 q_s, in units of omega_m.

    Returns:
        Six arrays of the shape of the rates; a_k is in units of omega_m^k.

    >>> dark = Rates(0.5, 1e-3, 1e-3, 0.0, 0.0, 0.0, 0.0)  # two empty modes and the mirror
    >>> [round(float(a), 6) for a in characteristic_coefficients(dark, 0.0)]
    [2.001, 2.502, 2.5015, 1.563, 0.500062, 0.0625]
    """
    o = system(fluctuations(rates, detuning))
    kappa, gamma = o.kappa, o.gamma
    q0, q1, q2, q3, h2, h0 = _terms(o)
    return (
        q3 + gamma,
        q2 + gamma * q3 + 1,
        q1 + gamma * q2 + q3,
        q0 + gamma * q1 + q2 - h2,
        gamma * q0 + q1 - 2 * kappa * h2,
        q0 - kappa * kappa * h2 - h0,
    )


def is_stable(rates: Rates, detuning: Real | float) -> Bool[Array, "..."]:
    r"""Whether the steady state is stable: all zeros of det(s - A) have negative real parts (S3 B).

    By the theorem of Hermite and Biehler the real and the imaginary part of the polynomial on the
    imaginary axis must vanish in turns. Over w, its imaginary part at s = i w is quadratic in
    v = 1 - w^2,

    $$
    (4 \kappa + \gamma) v^2 + [q_1 - q_3 + \gamma (q_2 - 2)] v + \gamma (q_0 - q_2 + 1)
    - 2 \kappa h_2 ,
    $$

    with Q(s) = s^4 + q_3 s^3 + ... + q_0. At its smaller zero, where the mirror oscillates, the
    real part has the sign of minus its damping with light,

    $$
    \gamma \, |Q|^2 + 2 \kappa \{ h_2 [(\kappa^2 + w^2)^2 - (l_+ l_-)^2]
    + h_0 [2 \kappa^2 + l_+^2 + l_-^2 - 2 w^2] \},
    $$

    over that of Im Q(i w). Neither subtracts numbers larger than the damping itself, unlike a Routh
    array, which near an edge of stability loses the digits of 1 / gamma.

    Args:
        rates: in units of omega_m.
        detuning: effective detuning L = Delta_c - G_0 q_s, in units of omega_m.

    Returns:
        True where stable; False for marginal systems and where a rate is NaN.

    >>> red = Rates(0.5, 1e-3, 1e-3, 1.0, 0.0, 0.0, 0.1)
    >>> bool(is_stable(red, 1.0)), bool(is_stable(red, -1.0))
    (True, False)
    """
    o = system(fluctuations(*jax.lax.stop_gradient((rates, detuning))))
    kappa, gamma = o.kappa, o.gamma
    t = _terms(o)
    first = 4 * kappa + gamma
    middle = t.q1 - t.q3 + gamma * (t.q2 - 2)
    last = gamma * (t.q0 - t.q2 + 1) - 2 * kappa * t.h2
    discriminant = middle * middle - 4 * first * last
    # The maximum changes no value, but a square root may not be used twice and a maximum may.
    root = jnp.maximum(jnp.sqrt(jnp.maximum(discriminant, 0)), 0)
    half = -0.5 * (middle + jnp.where(middle < 0, -root, root))
    inverse = reciprocal(first * half)
    of_mirror, of_light = first * last * inverse, half * half * inverse
    damping, odd = _damping(o, t, of_mirror)
    order = jnp.where(of_mirror > of_light, 1.0, -1.0).astype(kappa.dtype)
    in_turns = (order * damping * odd > 0) & (order * _real_part(o, t, of_light) > 0)
    static = (t.q0 - kappa * kappa * t.h2 - t.h0 > 0) & (gamma * t.q0 + t.q1 - 2 * kappa * t.h2 > 0)
    return static & (discriminant > 0) & in_turns


class _Terms(NamedTuple):
    """Coefficients of Q(s) and H(s); see `characteristic_coefficients`."""

    q0: Real
    q1: Real
    q2: Real
    q3: Real
    h2: Real
    h0: Real


def _terms(o: System) -> _Terms:
    kappa2 = o.kappa * o.kappa
    total = 2 * (o.effective_detuning * o.effective_detuning + o.splitting2)
    q1, q2 = 2 * o.kappa * (2 * kappa2 + total), 6 * kappa2 + total
    return _Terms(o.determinant2, q1, q2, 4 * o.kappa, *o.spring())


def _damping(o: System, t: _Terms, v: Real) -> tuple[Real, Real]:
    """Damping of the mirror times |Q|^2 at w^2 = 1 - v, and Im Q(i w) / w."""
    w2, kappa2 = 1 - v, o.kappa * o.kappa
    even, odd = t.q0 - (t.q2 - w2) * w2, t.q1 - t.q3 * w2
    detuning2 = o.effective_detuning * o.effective_detuning
    product, total = detuning2 - o.splitting2, 2 * (detuning2 + o.splitting2)
    light = t.h2 * ((kappa2 + w2) * (kappa2 + w2) - product * product)
    light = light + t.h0 * (2 * (kappa2 - w2) + total)
    return o.gamma * (even * even + w2 * odd * odd) + 2 * o.kappa * light, odd


def _real_part(o: System, t: _Terms, v: Real) -> Real:
    """Real part of det(i w - A) at w^2 = 1 - v."""
    w2, kappa2 = 1 - v, o.kappa * o.kappa
    even, odd = t.q0 - (t.q2 - w2) * w2, t.q1 - t.q3 * w2
    return v * even - o.gamma * w2 * odd - (t.h2 * (kappa2 - w2) + t.h0)
