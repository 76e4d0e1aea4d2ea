r"""Lyapunov equation, Eq. (11), with 16 of its 21 unknowns eliminated by hand.

With u = <a q>, v = <a p>, M = <a a^T> and N = <{a, a^dag}>/2 = 1/2 + N', the steady state obeys

$$
\begin{aligned}
K u &= v + i g \langle q^2 \rangle, &
(K + \gamma) v + u &= M g^* + N' g + \tfrac12 g, && (1) \\
K M + M K &= i (g u^T + u g^T), &
K N' + N' K^* &= i (g u^\dagger - u g^\dagger), && (2) \\
\langle p^2 \rangle &= \langle q^2 \rangle - 2 \operatorname{Re} g^\dagger u, &
\gamma \langle p^2 \rangle - 2 \operatorname{Re} g^\dagger v &= \tfrac12 \mathrm{heating}. && (3)
\end{aligned}
$$

Write v = K z g with z = z_0 + z_1 eps; hence u = z g + i <q^2> K^-1 g. The light depends on <q^2>
only through the stiffness that it adds: M and N' contain -+<q^2> (K^-1 g)(K^-1 g)^(T, dag), and in
(1) and (3) <q^2> enters only as W = stiffness <q^2>. That leaves z and W, which stay finite where
the stiffness vanishes and <q^2> diverges:

$$
\begin{aligned}
\Big[ K (K + \gamma) + 1
- i \Big\langle \frac{1}{K + K'} - \frac{1}{K + K'^*} \Big\rangle' \Big] z
- i \Big\langle \frac{z'}{K + K'} + \frac{z'^*}{K + K'^*} \Big\rangle'
&= \tfrac12 - i W K^{-1}, && (4) \\
\gamma W - 2 \operatorname{Re} \langle (K + \gamma) z \rangle = \tfrac12 \mathrm{heating}, \qquad
\langle p^2 \rangle &= W - 2 \operatorname{Re} \langle z \rangle, && (5)
\end{aligned}
$$

where K contains eps, primed quantities contain eps', and <>' is the weight over eps'. The kernels

$$
\begin{aligned}
\frac{1}{K + K'}
&= \frac{2 c^2 + R^2 - i c (\epsilon + \epsilon') - \epsilon \epsilon'}{4 c \det K}, \\
\frac{1}{K + K'^*}
&= \frac{2 \kappa^2 + R^2 - i \kappa (\epsilon - \epsilon') + \epsilon \epsilon'}
{4 \kappa (\kappa^2 + R^2)}
\end{aligned}
$$

solve (2), as the four signs of eps, eps' = +-R show.
"""

from typing import NamedTuple

from jaxcom.closed_form.system import System
from jaxcom.xla.elementary import reciprocal
from jaxcom.xla.scalar_algebra import Complex, Minors, Real, determinant, minors

Polynomial = tuple[Complex, Complex]  # f_0 and f_1 of f_0 + f_1 eps
UNKNOWNS = (0, 1, 2, 3)  # columns of (4): Re zeta, Im zeta, Re eta, Im eta
PER_W, CONSTANT = 4, 5  # columns of its right-hand side


class Moments(NamedTuple):
    """Unknowns z, <q^2> and <p^2> of the Lyapunov equation, in units of omega_m.

    Attributes:
        zeta: <1| z |1>; <a p> of the driven mode is E zeta.
        eta: <2| z |1> / J; <a p> of the reflected mode is E J eta.
        q2: variance <q^2> of the displacement.
        p2: variance <p^2> of the momentum.
    """

    zeta: Complex
    eta: Complex
    q2: Real
    p2: Real


def moments(o: System) -> Moments:
    """Unknowns of the Lyapunov equation: (4) gives z in terms of W by Cramer's rule, (5) then W."""
    upper, lower = _equations(o)
    det = determinant(upper, lower, UNKNOWNS)
    constant, per_w = _cramer(upper, lower, CONSTANT), _cramer(upper, lower, PER_W)
    flux = _flux(o)
    damping = o.gamma * det - _dot(flux, per_w)
    stiffness = o.stiffness()
    inverse = reciprocal(det * (damping * stiffness))  # one division for three reciprocals
    q2 = (0.5 * o.heating * det + _dot(flux, constant)) * (inverse * det)
    w, inverse_det = q2 * stiffness, inverse * (damping * stiffness)
    z = [(a + w * b) * inverse_det for a, b in zip(constant, per_w, strict=True)]
    p2 = w - 2 * (o.of_zeta[0] * z[0] + o.of_eta[0] * z[2])
    return Moments(Complex(z[0], z[1]), Complex(z[2], z[3]), q2, p2)


def _equations(o: System) -> tuple[Minors, Minors]:
    """Minors of the four real rows of (4): of its element <1| |1>, and of <2| |1> / J."""
    m, n = pair_kernel(o, *o.of_zeta), number_kernel(o, *o.of_zeta)
    m_eta, n_eta = pair_kernel(o, *o.of_eta), number_kernel(o, *o.of_eta)
    c = o.center
    square = (
        c * (c + o.gamma) + (1 - o.splitting2),
        (2 * c + o.gamma).times_i(),
    )  # K (K + gamma) + 1
    a0, a1 = (q - mj + nj for q, mj, nj in zip(square, m, n, strict=True))
    driven = rows(
        (o.on_driven((a0, a1)) - o.on_driven(m), -o.on_driven(n)),
        (o.backscattering2 * a1 - o.on_driven(m_eta), -o.on_driven(n_eta)),
        -(Complex(o.kappa, o.effective_detuning - o.split) * o.inverse_determinant).times_i(),
    )
    reflected = rows(
        (a1 - m[1], -n[1]),
        (a0 - o.split * a1 - m_eta[1], -n_eta[1]),
        -o.inverse_determinant,
    )
    vacuum = {(j, CONSTANT): -0.5 * driven[1][j] for j in UNKNOWNS}  # (1/2, 0, 0, 0)
    return minors(*driven) | vacuum, minors(*reflected)


def pair_kernel(o: System, f: Real, eps_f: Real) -> Polynomial:
    """Coefficients f_0 and f_1 of i <f'/(K + K')>', from <f> and <eps f>."""
    c = o.center
    factor = (0.25 * o.inverse_center * o.inverse_determinant).times_i()
    even = 2 * (c * c) + o.splitting2
    return factor * (f * even - (eps_f * c).times_i()), -factor * ((f * c).times_i() + eps_f)


def number_kernel(o: System, f: Real, eps_f: Real) -> Polynomial:
    """Coefficients f_0 and f_1 of i <f'/(K + K'*)>', from <f> and <eps f>."""
    f, eps_f = f * o.inverse_decay, eps_f * o.inverse_decay
    even = 2 * o.kappa * o.kappa + o.splitting2
    return Complex(-o.kappa * eps_f, even * f), Complex(o.kappa * f, eps_f)


def rows(
    zeta: tuple[Complex, Complex], eta: tuple[Complex, Complex], *rhs: Complex
) -> tuple[list[Real], list[Real]]:
    """Real and imaginary row of sum_z (a z + b z*), from the pairs (a, b), and right-hand sides."""
    re = [x for a, b in (zeta, eta) for x in (a.re + b.re, b.im - a.im)]
    im = [x for a, b in (zeta, eta) for x in (a.im + b.im, a.re - b.re)]
    return [*re, *(x.re for x in rhs)], [*im, *(x.im for x in rhs)]


def _cramer(upper: Minors, lower: Minors, column: int) -> list[Real]:
    """Numerators of the four unknowns, with a column of the right-hand side in place of theirs."""

    def numerator(i: int) -> Real:
        first, second, third = (j for j in UNKNOWNS if j != i)
        moved = determinant(upper, lower, (first, second, third, column))
        return moved if i % 2 else -moved  # to the last place: 3 - i transpositions

    return [numerator(i) for i in UNKNOWNS]


def _flux(o: System) -> list[Real]:
    """Coefficients of the unknowns in 2 Re <(K + gamma) z>, the loss of the mirror to the light."""
    return [
        factor
        for f, eps_f in (o.of_zeta, o.of_eta)
        for factor in (2 * (o.gamma + o.kappa) * f, -2 * (o.effective_detuning * f + eps_f))
    ]


def _dot(a: list[Real], b: list[Real]) -> Real:
    """Scalar product of two lists of four numbers."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3]
