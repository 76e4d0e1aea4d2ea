r"""Logarithmic negativity to rounding, also at an edge of stability, where the covariance diverges.

At an edge E_N stays finite, but every entry of V loses the digits on which E_N depends. Here the
part of the light that follows the mirror at some frequency w is split off,

$$
a = a' + i H (K q - p) \, g, \qquad H = (K^2 + w^2)^{-1}.
$$

If q and p oscillate at w, a' is 0. The equations of motion keep their form,

$$
\dot a' = -K a' + i H g \, (\sigma q - \Gamma p + F + \xi), \qquad
\dot p = -(w^2 - \sigma) \, q - \Gamma p + F + \xi, \qquad F = g^\dagger a' + a'^\dagger g,
$$

where xi is the noise of the mirror, and light changes its damping and its squared frequency to

$$
\Gamma = \gamma - 2 \operatorname{Im} \langle H \rangle, \qquad
w^2 - \sigma = 1 + 2 \operatorname{Im} \langle K H \rangle .
$$

At an edge Gamma and sigma vanish if w is the frequency of the slow oscillation, or 0 at a fold.
The covariances of a' stay finite; only <q^2> and <p^2> diverge. With u = <a' q>, v = <a' p> and

$$
t = K v + w^2 u, \qquad \tau = w^2 \langle q^2 \rangle - \langle p^2 \rangle,
$$

the Lyapunov equation (11) becomes

$$
\begin{aligned}
u &= H t + i K H^2 g \, \tau, \qquad v = K H t - i w^2 H^2 g \, \tau, \\
K M + M K &= i H g \, t^T + t \, (i H g)^T, \qquad
K N + N K^* = i H g \, t^\dagger + t \, (i H g)^\dagger, & (1) \\
t + \Gamma v - \sigma u &= M g^* + N g + \tfrac12 g + \tfrac{i}{2} \mathrm{heating} \, H g, & (2) \\
\Gamma \langle p^2 \rangle &= \tfrac12 \mathrm{heating} + 2 \operatorname{Re} g^\dagger v, \qquad
\tau = \sigma \langle q^2 \rangle + 2 \operatorname{Re} g^\dagger u. & (3)
\end{aligned}
$$

t, u and v are written as functions of K times g, as z in `moments`. The result does not depend on
w.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxcom.closed_form.characteristic import slowest_frequency2
from jaxcom.closed_form.moments import number_kernel, pair_kernel, rows
from jaxcom.closed_form.system import Fluctuations, System, system
from jaxcom.xla.elementary import log, reciprocal, root_or_zero
from jaxcom.xla.elimination import solve_rows
from jaxcom.xla.scalar_algebra import Complex, Real


class Function(NamedTuple):
    """Function f of K, or the vector f g, by matrix elements, which keep their digits.

    Attributes:
        first: <1| f |1>.
        second: <2| f |2>.
        mixed: <2| f |1> / J.
    """

    first: Complex
    second: Complex
    mixed: Complex


class Following(NamedTuple):
    """How the light follows the mirror at a frequency w.

    Attributes:
        w2: squared frequency w^2.
        H: (K^2 + w^2)^-1.
        KH: K H.
        sigma: w^2 minus the squared frequency of the mirror with light.
        damping: damping Gamma of the mirror with light.
    """

    w2: Real
    H: Function
    KH: Function
    sigma: Real
    damping: Real


class Moments(NamedTuple):
    """Covariances of the light a' with the mirror, in units of E, and of the mirror.

    Attributes:
        t: K v + w^2 u, which determines the covariances of the light with itself.
        u: <a' q>.
        v: <a' p>.
        q2: <q^2>.
        p2: <p^2>.
    """

    t: Function
    u: Function
    v: Function
    q2: Real
    p2: Real


def log_negativity(reflected: bool, rates: Fluctuations) -> Float[Array, "..."]:
    """Unclipped -ln(2 nu_-) of an optical mode and the mirror, elementwise.

    Args:
        reflected: take the mode fed by backscattering instead of the one driven by the laser.
        rates: in units of omega_m; the result exists only where the steady state is stable.
    """
    o = system(rates)
    f = _following(o, slowest_frequency2(rates))
    return _log_negativity(o, f, _moments(o, f), reflected)


def _following(o: System, w2: Real) -> Following:
    w, K = jnp.sqrt(w2), _matrix(o)
    first, second = (
        Complex(o.kappa * o.kappa - o.backscattering2 + (w - k.im) * (w + k.im), 2 * o.kappa * k.im)
        for k in (K.first, K.second)
    )  # of K^2 + w^2
    mixed = 2 * o.center.times_i()
    det = first * second - o.backscattering2 * (mixed * mixed)
    inverse = det.conj() * reciprocal(det.abs2())
    H = Function(second * inverse, first * inverse, -(mixed * inverse))
    KH = _times(o, K, H)
    sigma = w2 - 1 - 2 * _weights(o, KH)[0].im
    return Following(w2, H, KH, sigma, o.gamma - 2 * _weights(o, H)[0].im)


def _moments(o: System, f: Following) -> Moments:
    """Solution of (1) to (3): t is affine in tau, and (3) gives tau and <q^2>."""
    HH, KHH = _times(o, f.H, f.H), _times(o, f.KH, f.H)
    t = [_vector(o, *each) for each in solve_rows(_equations(o, f, HH, KHH))]
    u, v = ([_times(o, factor, each) for each in t] for factor in (f.H, f.KH))
    u[1], v[1] = _plus(u[1], _scaled(KHH, 1, i=True)), _plus(v[1], _scaled(HH, -f.w2, i=True))
    U, P = ([2 * _weights(o, each)[0].re for each in pair] for pair in (u, v))
    q2, tau = _mirror(f, (0.5 * o.heating + P[0], P[1]), (U[0], U[1]))
    t, u, v = (_plus(constant, _scaled(slope, tau)) for constant, slope in (t, u, v))
    return Moments(t, u, v, q2, f.w2 * q2 - tau)


def _mirror(f: Following, P: tuple[Real, Real], U: tuple[Real, Real]) -> tuple[Real, Real]:
    """<q^2> and tau from (3), Gamma (w^2 <q^2> - tau) = P and tau = sigma <q^2> + U.

    P and U are affine in tau. At an edge of stability sigma and Gamma vanish together.
    """
    size2 = jax.lax.stop_gradient(f.sigma * f.sigma + f.w2 * f.damping * f.damping)
    per_size = jax.lax.rsqrt(size2)
    damping, sigma = f.damping * per_size, f.sigma * per_size
    total = f.damping + P[1]
    inverse = reciprocal(damping * f.w2 * (1 - U[1]) - sigma * total)
    q2 = (P[0] * (1 - U[1]) + U[0] * total) * inverse * per_size
    return q2, (damping * f.w2 * U[0] + sigma * P[0]) * inverse


def _equations(o: System, f: Following, HH: Function, KHH: Function) -> list[list[Real]]:
    """Real rows of (2): four unknowns, the constant right-hand side, and the factor of tau.

    The rows are its element <1| |1>, and <2| |1> / J.
    """
    own = _of_complex(pair_kernel, o, *_weights(o, f.H))
    other = _of_complex(number_kernel, o, *(w.conj() for w in _weights(o, f.H)))
    a = _plus(_scaled(f.KH, f.damping), _scaled(f.H, -f.sigma))
    a = _plus_number(_plus(a, _plus(_scaled(own, -1), other)), 1.0)
    pairs, numbers = (
        [_times(o, f.H, _function(o, *kernel(o, *weights))) for weights in (o.of_zeta, o.of_eta)]
        for kernel in (pair_kernel, number_kernel)
    )
    per_tau = _scaled(_plus(_scaled(HH, f.damping * f.w2), _scaled(KHH, f.sigma)), 1, i=True)
    constant = _plus_number(_scaled(f.H, 0.5 * o.heating, i=True), 0.5)
    m, m_eta, n, n_eta = *pairs, *numbers
    driven = rows(
        (a.first - m.first, -n.first),
        (o.backscattering2 * a.mixed - m_eta.first, -n_eta.first),
        constant.first,
        per_tau.first,
    )
    reflected = rows(
        (a.mixed - m.mixed, -n.mixed),
        (a.second - m_eta.mixed, -n_eta.mixed),
        constant.mixed,
        per_tau.mixed,
    )
    return [*driven, *reflected]


def _log_negativity(o: System, f: Following, m: Moments, reflected: bool) -> Real:
    r"""-ln(2 nu_-) of one mode and the mirror, Eq. (12)-(13), by sums of positive terms.

    With n and m the entries of the Schur complement of the mirror,

    $$
    n = \tfrac12 + N - \frac{|u|^2}{\langle q^2 \rangle} - \frac{|v|^2}{\langle p^2 \rangle}, \qquad
    m = M - \frac{u^2}{\langle q^2 \rangle} - \frac{v^2}{\langle p^2 \rangle},
    $$

    for a' or for a alike, D = n^2 - |m|^2 and b = <q^2> <p^2>,

    $$
    \det V' = b D, \qquad \Sigma = D + S + \frac{(b - \det c)^2}{b}, \qquad
    S = 2 \, \frac{n |u|^2 - \operatorname{Re} m^* u^2}{\langle q^2 \rangle}
      + 2 \, \frac{n |v|^2 - \operatorname{Re} m^* v^2}{\langle p^2 \rangle},
    $$

    where u and v in S and det c = 2 Im u* v are those of a.
    """
    K, inverse = _matrix(o), o.inverse_determinant
    per_K = Function(K.second * inverse, K.first * inverse, -(K.mixed * inverse))

    def at_mode(x: Function) -> Complex:
        return o.backscattering * x.mixed if reflected else x.first

    h, kh, t, u, v = (_times(o, per_K, x) for x in (f.H, f.KH, m.t, m.u, m.v))
    M, N = _light_alone(o, h, t, per_K, at_mode)
    u, v, s = at_mode(u), at_mode(v), o.drive
    inverse_b = reciprocal(m.q2 * m.p2)
    per_q2, per_p2 = inverse_b * m.p2, inverse_b * m.q2
    n = 0.5 + s * (N - u.abs2() * per_q2 - v.abs2() * per_p2)
    pairs = s * (M - u * u * per_q2 - v * v * per_p2)
    u, v = u + m.q2 * at_mode(kh).times_i(), v - m.p2 * at_mode(h).times_i()
    b, c, D = m.q2 * m.p2, 2 * s * (u.conj() * v).im, n * n - pairs.abs2()
    of_u, of_v = (n * x.abs2() - (pairs.conj() * (x * x)).re for x in (u, v))
    S = 2 * s * (of_u * per_q2 + of_v * per_p2)
    excess = S + c * (c * inverse_b - 2)  # Sigma - D - b
    gap = root_or_zero((D - b) * (D - b) + excess * (2 * (D + b) + excess), jnp.zeros_like(b))
    total = (D + S) * inverse_b + (1 - c * inverse_b) * (1 - c * inverse_b) + gap * inverse_b
    return -0.5 * log(8 * D * reciprocal(total))


def _light_alone(
    o: System,
    h: Function,
    t: Function,
    per_K: Function,
    at_mode: Callable[[Function], Complex],
) -> tuple[Complex, Real]:
    """Entries M and N of (1) for one mode, by the kernels of `moments`."""
    kappa, h_j, t_j = o.kappa, at_mode(h), at_mode(t)
    per_K_h, per_K_t = (at_mode(_times(o, per_K, x)) for x in (h, t))
    eps_h, eps_t = (at_mode(_times_eps(o, x)) for x in (h, t))
    M = (0.5 * o.inverse_center).times_i() * (h_j * t_j + o.determinant * (per_K_h * per_K_t))
    exchange = (eps_h * t_j.conj() - eps_t * h_j.conj()).re
    number = (2 * kappa * kappa + o.splitting2) * (h_j.conj() * t_j).im + kappa * exchange
    return M, 2 * o.inverse_decay * (number + (eps_h.conj() * eps_t).im)


def _matrix(o: System) -> Function:
    """Matrix K."""
    first = Complex(o.kappa, o.effective_detuning + o.split)
    second = Complex(o.kappa, o.effective_detuning - o.split)
    return Function(first, second, Complex(jnp.zeros_like(o.kappa), jnp.ones_like(o.kappa)))


def _vector(o: System, *unknowns: Real) -> Function:
    """Function from Re zeta, Im zeta, Re eta and Im eta."""
    zeta, eta = Complex(*unknowns[:2]), Complex(*unknowns[2:])
    return Function(zeta, zeta - 2 * (o.split * eta), eta)


def _function(o: System, f_0: Complex, f_1: Complex) -> Function:
    """Function f_0 + f_1 eps."""
    return Function(f_0 + o.split * f_1, f_0 - o.split * f_1, f_1)


def _times(o: System, f: Function, g: Function) -> Function:
    """Product of two functions; digits of the second element of g may be lost."""
    return Function(
        f.first * g.first + o.backscattering2 * (f.mixed * g.mixed),
        f.second * g.second + o.backscattering2 * (f.mixed * g.mixed),
        f.mixed * g.first + f.second * g.mixed,
    )


def _times_eps(o: System, f: Function) -> Function:
    return Function(
        o.split * f.first + o.backscattering2 * f.mixed,
        o.backscattering2 * f.mixed - o.split * f.second,
        f.first - o.split * f.mixed,
    )


def _plus(f: Function, g: Function) -> Function:
    return Function(*(a + b for a, b in zip(f, g, strict=True)))


def _plus_number(f: Function, number: float) -> Function:
    return Function(f.first + number, f.second + number, f.mixed)


def _scaled(f: Function, factor: Real | float | int, i: bool = False) -> Function:
    """Product with a real factor, and with the imaginary unit if `i`."""
    scaled = [factor * each for each in f]
    return Function(*(each.times_i() for each in scaled)) if i else Function(*scaled)


def _weights(o: System, f: Function) -> tuple[Complex, Complex]:
    """Weights <f> and <eps f>."""
    one, eps = ((o.of_zeta[k], o.of_eta[k]) for k in (0, 1))
    return f.first * one[0] + f.mixed * one[1], f.first * eps[0] + f.mixed * eps[1]


def _of_complex(kernel: Callable, o: System, f: Complex, eps_f: Complex) -> Function:
    """A kernel of `moments` with complex weights."""
    re, im = kernel(o, f.re, eps_f.re), kernel(o, f.im, eps_f.im)
    return _function(o, *(a + b.times_i() for a, b in zip(re, im, strict=True)))
