"""The mean-field equation, Eq. (7), as a polynomial in the shift x = G_0 q_s."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Complex, Float

from jaxcom.rates import Rates


def residual(detuning: Float[Array, "..."], rates: Rates) -> Float[Array, "..."]:
    r"""Residual F of Eq. (7) at an effective detuning L, zero at a solution, in units of omega_m.

    $$
    F = x \, |(\kappa + i D_1)(\kappa + i D_2) + J^2|^2 - s \, (\kappa^2 + D_2^2 + J^2),
    \qquad x = \Delta_c - L,
    $$

    where D_j depend on L and s is `rates.drive`. F is a polynomial in all its arguments, hence
    smooth at J = 0 and Omega = 0. `jaxcom.mean_field.roots.expand` is the same polynomial in x, in
    units of kappa and shifted coordinates, where its roots are found.
    """
    driven, scattered, modulus = response(detuning, rates)
    return (rates.detuning - detuning) * modulus - rates.drive * (driven + scattered)


def imbalance(x: Float[Array, "..."], rates: Rates) -> Float[Array, "..."]:
    r"""Shift x minus the shift that the light at x causes, zero at a solution of Eq. (7).

    $$
    x - s \, \frac{\kappa^2 + D_2^2 + J^2}{|(\kappa + i D_1)(\kappa + i D_2) + J^2|^2}
    $$

    It is `residual` over a positive number, so that it is of the order of x itself. Its slope by x
    is 0 at a fold.
    """
    return x - shift_by_light(rates.detuning - x, rates)


def shift_by_light(detuning: Float[Array, "..."], rates: Rates) -> Float[Array, "..."]:
    """Shift G_0 q_s that the light causes at an effective detuning L, in units of omega_m."""
    driven, scattered, modulus = response(detuning, rates)
    return rates.drive * (driven + scattered) / modulus


def shift_at(detuning: Float[Array, "..."], rates: Rates) -> Float[Array, "..."]:
    """Shift x = Delta_c - L of a solution L, in units of omega_m, with all its digits.

    Where x is small the difference has lost them, and x is the shift that the light causes.
    """
    difference = rates.detuning - detuning
    large = 4 * difference > jnp.abs(rates.detuning)
    return jnp.where(large, difference, shift_by_light(detuning, rates))


def response(detuning: Float[Array, "..."], rates: Rates) -> tuple[Float[Array, "..."], ...]:
    """Terms of the photon numbers of Eq. (7) at an effective detuning L, in units of omega_m.

    Returns:
        kappa^2 + D_2^2, J^2 and |(kappa + i D_1)(kappa + i D_2) + J^2|^2. The photon numbers of the
        driven and the reflected mode are eps^2 times the first and the second over the third.
    """
    d_1, d_2 = detuning + rates.split, detuning - rates.split
    scattered = rates.backscattering * rates.backscattering
    kappa_2 = rates.kappa * rates.kappa
    real = kappa_2 - d_1 * d_2 + scattered
    modulus = real * real + kappa_2 * (d_1 + d_2) * (d_1 + d_2)
    return kappa_2 + d_2 * d_2, scattered, modulus


def amplitudes(kappa: Any, D_1: Any, D_2: Any, J: Any) -> tuple[Complex[Array, "..."], ...]:
    r"""Amplitudes of the driven and the reflected mode over the drive, Eq. (7).

    $$
    \frac{\alpha_1}{\epsilon} = \frac{\kappa + i D_2}{(\kappa + i D_1)(\kappa + i D_2) + J^2},
    \qquad
    \frac{\alpha_2}{\epsilon} = \frac{-i J}{(\kappa + i D_1)(\kappa + i D_2) + J^2}.
    $$

    Args:
        kappa: optical decay, in any unit.
        D_1: effective detuning of the driven mode, in that unit.
        D_2: effective detuning of the reflected mode.
        J: backscattering.

    Returns:
        Both ratios, in one over that unit.
    """
    c_1, c_2, j = jax.lax.complex(kappa, D_1), jax.lax.complex(kappa, D_2), J.astype(complex)
    inverse = 1 / (c_1 * c_2 + j * j)
    return c_2 * inverse, -1j * j * inverse
