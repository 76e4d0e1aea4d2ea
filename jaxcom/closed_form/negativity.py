"""Logarithmic negativity of one optical mode and the mirror, Eq. (12)-(13), from the moments."""

import functools
import operator
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from jaxcom.closed_form import dense
from jaxcom.closed_form.moments import Moments, moments
from jaxcom.closed_form.system import Fluctuations, System, fluctuations, system
from jaxcom.gaussian import least_entanglement
from jaxcom.rates import Rates
from jaxcom.xla.elementary import log, newton_reciprocal, reciprocal, root_or_zero
from jaxcom.xla.fusion import in_memory_with_flag, in_one_kernel, marked, unmarked
from jaxcom.xla.scalar_algebra import Complex, Real

LARGEST_LOSS = 30.0
"""Largest ratio, of the squared terms of b det V' to itself, for which E_N is accurate."""

SLOWEST_DECAY = 1e6
"""Largest (L^2 + R^2) / kappa^2 for which E_N is accurate."""

RELATIVE_ERROR = 1e-12
"""Bound on the error of E_N divided by that ratio."""

SLOW_ERROR = 1e-6
"""Bound on the error of E_N where (L^2 + R^2) / kappa^2 is larger."""


@partial(jax.jit, static_argnames="reflected")
def log_negativity(
    rates: Rates, detuning: Real | float, *, reflected: bool = False
) -> Float[Array, "..."]:
    """Unclipped logarithmic negativity -ln(2 nu_-) of an optical mode and the mirror, Eq. (12).

    The value is meaningless where `is_stable` is false. Where nu_- has no derivative, as in the
    vacuum, derivatives are NaN, and so is the value that is computed with them.

    Args:
        rates: in units of omega_m.
        detuning: effective detuning L = Delta_c - G_0 q_s, in units of omega_m.
        reflected: take the mode fed by backscattering instead of the one driven by the laser.

    Returns:
        Array of the shape of the rates; negative where the two modes are separable.

    >>> rates = Rates(kappa=0.6, gamma=1e-4, heating=0.05, detuning=1.0, split=0.4,
    ...               backscattering=0.3, drive=0.2)
    >>> round(float(log_negativity(rates, 0.9)), 6)
    0.030703
    """
    return _log_negativity(reflected, fluctuations(rates, detuning))


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _log_negativity(reflected: bool, rates: Fluctuations) -> Float[Array, "..."]:
    return -0.5 * log(_four_nu2(reflected, rates)[0])


@_log_negativity.defjvp
def _log_negativity_jvp(reflected, primals, tangents):
    value, gradient = _value_and_gradient(reflected, *primals)
    return value, along(gradient, *tangents)


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _value_and_gradient(
    reflected: bool, rates: Fluctuations
) -> tuple[Float[Array, "..."], Fluctuations]:
    exists = jnp.ones(jnp.shape(rates.kappa), bool)
    value, _, gradient = value_and_gradient(reflected, rates, exists)
    return value, gradient


@_value_and_gradient.defjvp
def _value_and_gradient_jvp(reflected, primals, tangents):
    return second_derivatives(reflected, *primals, *tangents)


def value(
    reflected: bool, rates: Fluctuations, exists: Bool[Array, "..."]
) -> tuple[Float[Array, "..."], Bool[Array, "..."]]:
    """-ln(2 nu_-) or NaN where it does not exist, and where rounding may spoil it; one kernel."""
    four_nu2, loss = _four_nu2(reflected, rates)
    return in_memory_with_flag(*_doubted(rates, exists, -0.5 * log(four_nu2), loss))


def value_and_gradient(
    reflected: bool, rates: Fluctuations, exists: Bool[Array, "..."]
) -> tuple[Float[Array, "..."], Bool[Array, "..."], Fluctuations]:
    """The same with the gradient, which is NaN where the value is; one kernel.

    Where nu_- has no derivative, as in the vacuum, the value becomes NaN as well, and is doubted.
    """
    four_nu2, pull, loss = jax.vjp(partial(_four_nu2, reflected), rates, has_aux=True)
    (gradient,) = pull(-0.5 * newton_reciprocal(four_nu2))
    entries, structure = jax.tree.flatten(gradient)
    both = marked(*_doubted(rates, exists, -0.5 * log(four_nu2), loss))
    both, *entries = in_one_kernel(both, *entries)
    value, doubted = unmarked(both)
    return value, doubted | (exists & jnp.isnan(value)), jax.tree.unflatten(structure, entries)


def along(gradient: Fluctuations, tangents: Fluctuations) -> Float[Array, "..."]:
    """Scalar product of a gradient with tangents."""
    terms = jax.tree.leaves(jax.tree.map(jnp.multiply, gradient, tangents))
    return functools.reduce(operator.add, terms)


def second_derivatives(reflected: bool, rates: Fluctuations, tangents: Fluctuations):
    """Value and gradient with their derivatives, all by the matrices of `dense`, in doubles."""
    shape, dtype = rates.kappa.shape, rates.kappa.dtype
    value_and_gradient = jax.vmap(jax.value_and_grad(partial(dense.log_negativity, reflected)))
    flat = jax.tree.map(lambda y: y.ravel().astype(float), ((rates,), (tangents,)))
    found = jax.jvp(value_and_gradient, *flat)
    return jax.tree.map(lambda y: y.reshape(shape).astype(dtype), found)


class Mode(NamedTuple):
    """Quantities of one optical mode, in units of E: <mode| f |1> for f = 1, K^-1, z and K^-1 z.

    Attributes:
        one: drive amplitude.
        g: linearized coupling.
        ap: covariance <a p>.
        aq: part of <a q> that is not proportional to <q^2>.
    """

    one: float
    g: Complex
    ap: Complex
    aq: Complex


def _driven(o: System, m: Moments) -> Mode:
    """Quantities of the driven mode, by K^-1 = [[c - i d, -i J], [-i J, c + i d]] / det K."""
    k = Complex(o.kappa, o.effective_detuning - o.split)
    aq = (k * m.zeta - (o.backscattering2 * m.eta).times_i()) * o.inverse_determinant
    return Mode(1.0, k * o.inverse_determinant, m.zeta, aq)


def _reflected(o: System, m: Moments) -> Mode:
    """Quantities of the reflected mode, which is fed by backscattering only."""
    k = Complex(o.kappa, o.effective_detuning + o.split)
    j = o.backscattering * o.inverse_determinant
    return Mode(0.0, -j.times_i(), o.backscattering * m.eta, j * (k * m.eta - m.zeta.times_i()))


def _optical(o: System, mode: Mode) -> tuple[Complex, Complex, Float[Array, "..."]]:
    r"""Entries K^-1 g, M and N' of one mode in units of E and E^2, without their parts in <q^2>.

    K^-1 = (2 c - K) / det K expresses every K^-1 by known elements. The solutions of the Sylvester
    equations (2) of `moments` are

    $$
    M = \frac{C + \det K \, K^{-1} C K^{-1}}{4 c}, \qquad C = i (g u^T + u g^T),
    $$

    $$
    N' = \frac{(2 \kappa^2 + R^2) \, C + i \kappa \, [C, \epsilon] + \epsilon C \epsilon}
    {4 \kappa (\kappa^2 + R^2)}, \qquad C = i (g u^\dagger - u g^\dagger),
    $$

    with eps = -i (K - c).
    """
    one, g, ap, aq = mode
    c, kappa = o.center, o.kappa
    response = (2 * c * g - one) * o.inverse_determinant
    pair = (0.5 * o.inverse_center).times_i() * (g * aq + response * (2 * c * aq - ap))
    eps_g, eps_aq = one - c * g, ap - c * aq  # times i
    exchange = (eps_g * aq.conj() - eps_aq * g.conj()).im
    number = (2 * kappa * kappa + o.splitting2) * (g.conj() * aq).im + kappa * exchange
    return response, pair, 2 * o.inverse_decay * (number + (eps_g.conj() * eps_aq).im)


def _four_nu2(
    reflected: bool, rates: Fluctuations
) -> tuple[Float[Array, "..."], tuple[Float[Array, "..."], Float[Array, "..."]]]:
    r"""Squared symplectic eigenvalue (2 nu_-)^2 from the moments, and what rounding costs it.

    With the N and M of the mode, det a = N^2 - |M|^2, det b = <q^2> <p^2> and det c = 2 Im u* v.
    Differences of large numbers are avoided: det V' is taken from the Schur complement of b, where
    the parts proportional to <q^2> cancel, and

    $$
    \Sigma^2 - 4 \det V' = (\det a - \det b)^2 - 4 \det c \, (\det a + \det b)
    + 4 \, \mathrm{mixed}.
    $$

    Its root has no derivative where it is 0, as in the vacuum.

    The second result is b det V', and the square of the terms that cancel in it.
    """
    o = system(rates)
    m, s = moments(o), o.drive
    mode = (_reflected if reflected else _driven)(o, m)
    response, pair, number = _optical(o, mode)
    q2, p2, v, zg = m.q2, m.p2, mode.ap, mode.aq

    u = zg + (q2 * response).times_i()
    n, pairs = 0.5 + s * (number + q2 * response.abs2()), s * (pair - q2 * (response * response))
    a, b, c = n * n - pairs.abs2(), q2 * p2, 2 * s * (u.conj() * v).im
    mixed_q = n * u.abs2() - (pairs * (u * u).conj()).re
    mixed_p = n * v.abs2() - (pairs * (v * v).conj()).re
    mixed = 2 * s * (p2 * mixed_q + q2 * mixed_p)
    error = least_entanglement(a.dtype) * (a + b)
    gap = root_or_zero((a - b) * (a - b) - 4 * (c * (a + b) - mixed), error * error)

    # Schur complement of b, multiplied by b.
    n = 0.5 * b + s * (
        b * (number + 2 * (zg.conj() * response).im) - p2 * zg.abs2() - q2 * v.abs2()
    )
    pairs = s * (b * (pair - 2 * (zg * response).times_i()) - p2 * (zg * zg) - q2 * (v * v))
    terms = 0.5 * b + s * (p2 * zg.abs2() + q2 * v.abs2())
    det = n * n - pairs.abs2()
    return 8 * det * reciprocal(b * (a + b - 2 * c + gap)), (det, terms * terms)


def _doubted(
    rates: Fluctuations,
    exists: Bool[Array, "..."],
    value: Float[Array, "..."],
    loss: tuple[Float[Array, "..."], Float[Array, "..."]],
) -> tuple[Float[Array, "..."], Bool[Array, "..."]]:
    """-ln(2 nu_-) or NaN, and whether rounding may change E_N by more than some 1e-13.

    Digits are lost where the terms of the Schur complement cancel, next to an edge of stability,
    and where light decays far more slowly than it rotates. None matter where E_N is clearly 0.
    """
    det, terms2 = loss
    squares = rates.effective_detuning**2 + rates.split**2 + rates.backscattering**2
    decays = squares <= SLOWEST_DECAY * rates.kappa * rates.kappa
    error = RELATIVE_ERROR * terms2 + jnp.where(decays, 0, SLOW_ERROR * det)
    separable = (det > 0) & (error < -value * det)
    accurate = (decays & (terms2 <= LARGEST_LOSS * det)) | separable
    return jnp.where(exists, value, jnp.nan), exists & ~accurate
