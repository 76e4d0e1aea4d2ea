"""Characteristic polynomial of the drift matrix in closed form, and whether it is Hurwitz.

`jaxcom.stability.routh` is for polynomials of any degree; the criterion here uses the structure of
this one, which makes its verdict right up to the rounding of the rates themselves.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool

from jaxcom.closed_form.system import Fluctuations, System, fluctuations, system
from jaxcom.rates import Rates
from jaxcom.xla.elementary import reciprocal
from jaxcom.xla.scalar_algebra import Complex, Real


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


def is_stable(rates: Rates, detuning: Real | float) -> Bool[Array, "..."]:
    r"""Whether the steady state is stable: all zeros of det(s - A) have negative real parts (S3 B).

    By the theorem of Hermite and Biehler the real and the imaginary part of the polynomial on the
    imaginary axis must vanish in turns. At s = i w let

    $$
    v = 1 - w^2, \qquad e = \kappa^2 + L^2 + R^2 - w^2, \qquad
    Q = e^2 - 4 L^2 R^2 - 4 \kappa^2 w^2 + 4 i \kappa w e.
    $$

    The imaginary part over w, 4 kappa e v + gamma Re Q - 2 kappa h_2, is quadratic in v or e. At
    one of its zeros v is small, there the mirror oscillates, and at the other e, there the light.
    At the first the real part is minus the damping of the mirror with light,

    $$
    \gamma \, |Q|^2 + 2 \kappa \{ h_2 [(\kappa^2 + w^2)^2 - (l_+ l_-)^2] + 2 h_0 e \},
    $$

    over 4 kappa e. Nothing here subtracts numbers larger than the result, unlike a Routh array,
    which near an edge of stability loses the digits of 1 / gamma.

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
    kappa2 = o.kappa * o.kappa
    h2, h0 = o.spring()
    q0, q1 = o.determinant2, 4 * o.kappa * (kappa2 + o.effective_detuning**2 + o.splitting2)
    static = (q0 - kappa2 * h2 - h0 > 0) & (o.gamma * q0 + q1 - 2 * o.kappa * h2 > 0)
    exist, mirror, light = _zeros_of_imaginary_part(o, h2)
    order = jnp.where(mirror.v > light.v, 1.0, -1.0).astype(o.kappa.dtype)  # of their frequencies
    in_turns = order * _damping(o, h2, h0, mirror) * mirror.e > 0
    return static & exist & in_turns & (order * _real_part(o, h2, h0, light) > 0)


def slowest_frequency2(rates: Fluctuations) -> Real:
    r"""Squared frequency of the oscillation that decays most slowly, about; a constant.

    It is one of the two frequencies at which the imaginary part of det(i w - A) vanishes (see
    `is_stable`), or 0. The response of the mirror with light is 1 / f with

    $$
    f(w) = 1 - w^2 + i \gamma w - H(i w) / Q(i w),
    $$

    and frequencies about a minimum of |f| contribute some 1 / |f f'| to the variance.

    Args:
        rates: in units of omega_m.
    """
    o = system(jax.lax.stop_gradient(rates))
    h2, h0 = o.spring()
    _, mirror, light = _zeros_of_imaginary_part(o, h2)
    candidates = [jnp.maximum(1 - each.v, 0) for each in (mirror, light)]
    best = jnp.zeros_like(o.kappa)
    least = _inverse_response(o, h2, h0, best)
    for w2 in candidates:
        size = _inverse_response(o, h2, h0, w2)
        best, least = jnp.where(size < least, w2, best), jnp.where(size < least, size, least)
    return best


def _inverse_response(o: System, h2: Real, h0: Real, w2: Real) -> Real:
    """Squared inverse of the variance from frequencies about w: |f| max(|f|, |f'|)."""
    w = jnp.sqrt(w2)
    S, S2 = Complex(o.kappa, w), Complex(o.kappa * o.kappa - w2, 2 * o.kappa * w)
    L2 = o.effective_detuning * o.effective_detuning
    squares, product = 2 * (L2 + o.splitting2), L2 - o.splitting2
    Q = S2 * (S2 + squares) + product * product
    inverse_Q = Q.conj() * reciprocal(Q.abs2())
    spring = (h2 * S2 + h0) * inverse_Q
    f = Complex(1 - w2, o.gamma * w) - spring
    slope = spring * (S * (2 * S2 + squares)) - h2 * S  # times 2 i / Q, the slope of -spring
    slope = 2 * (slope * inverse_Q).times_i() + Complex(-2 * w, o.gamma)
    return f.abs2() * jnp.maximum(f.abs2(), slope.abs2())


class _Frequency(NamedTuple):
    """Frequency w as v = 1 - w^2 and e = kappa^2 + L^2 + R^2 - w^2; see `is_stable`."""

    v: Real
    e: Real


def _zeros_of_imaginary_part(
    o: System, h2: Real
) -> tuple[Bool[Array, "..."], _Frequency, _Frequency]:
    """Whether both zeros are real and not equal, that of the mirror, and that of the light.

    The same quadratic polynomial in v and in e; its smaller zero keeps its digits.
    """
    kappa, gamma, kappa2 = o.kappa, o.gamma, o.kappa * o.kappa
    L2 = o.effective_detuning * o.effective_detuning
    size2, product2 = kappa2 + L2 + o.splitting2, L2 * o.splitting2
    offset = 1 - size2  # v - e
    first = 4 * kappa + gamma
    by_e = 4 * kappa * (offset + gamma * kappa)
    by_v = by_e - 2 * first * offset
    at_e = -4 * gamma * (product2 + kappa2 * size2) - 2 * kappa * h2
    at_v = gamma * (offset * offset - 4 * (product2 + kappa2)) - 2 * kappa * h2
    discriminant = by_v * by_v - 4 * first * at_v
    # The maximum changes no value, but a square root may not be used twice and a maximum may.
    root = jnp.maximum(jnp.sqrt(jnp.maximum(discriminant, 0)), 0)
    half_v = -0.5 * (by_v + jnp.where(by_v < 0, -root, root))
    half_e = -0.5 * (by_e + jnp.where(by_e < 0, -root, root))
    inverse = reciprocal(first * (half_v * half_e))
    v = first * at_v * half_e * inverse
    same = (by_v < 0) == (by_e < 0)  # then the smaller zeros in v and in e are one
    e = jnp.where(same, half_e * half_e * half_v, first * at_e * half_v) * inverse
    return discriminant > 0, _Frequency(v, v - offset), _Frequency(e + offset, e)


def _damping(o: System, h2: Real, h0: Real, at: _Frequency) -> Real:
    """Damping of the mirror with light, times |Q|^2."""
    w2, kappa2 = 1 - at.v, o.kappa * o.kappa
    L2 = o.effective_detuning * o.effective_detuning
    even, odd = _even_part(o, at), 4 * o.kappa * at.e
    light = h2 * ((kappa2 + w2) * (kappa2 + w2) - (L2 - o.splitting2) ** 2) + 2 * h0 * at.e
    return o.gamma * (even * even + w2 * odd * odd) + 2 * o.kappa * light


def _real_part(o: System, h2: Real, h0: Real, at: _Frequency) -> Real:
    """Real part of det(i w - A)."""
    w2, kappa2 = 1 - at.v, o.kappa * o.kappa
    odd = 4 * o.kappa * at.e
    return at.v * _even_part(o, at) - o.gamma * w2 * odd - (h2 * (kappa2 - w2) + h0)


def _even_part(o: System, at: _Frequency) -> Real:
    """Real part of Q."""
    product2 = o.effective_detuning * o.effective_detuning * o.splitting2
    return at.e * at.e - 4 * (product2 + o.kappa * o.kappa * (1 - at.v))
