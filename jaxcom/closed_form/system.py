r"""Linearized dynamics in scalars: the matrix K of the optical modes and the weights of the light.

The two modes obey (a_j = (X_j + i Y_j) / sqrt(2), units of omega_m)

$$
\dot a = -K a + i g q, \qquad K = \kappa + i T, \qquad T = L + \epsilon, \qquad L = \Delta_c - x,
$$

$$
\epsilon = \begin{pmatrix} d & J \\ J & -d \end{pmatrix}, \qquad g = K^{-1} E \, |1\rangle,
$$

where |1> is the driven mode, |2> the reflected one and E^2 = s. The supermodes would make T
diagonal, but are undefined at d = J = 0. They are not needed: eps^2 = R^2 = d^2 + J^2 is a number,
so every function of T has the form f = f_0 + f_1 eps with two scalars that are rational in d and
J^2. Everything else follows from its matrix elements

$$
\zeta = \langle 1 | f | 1 \rangle = f_0 + d f_1, \qquad
J \eta = \langle 2 | f | 1 \rangle = J f_1 .
$$

The light weighs f by <f> = g^dag f g. With h = kappa^2 + L^2 + R^2,

$$
\begin{aligned}
\tfrac{1}{s} |\det K|^2 \, \langle f \rangle
&= (h - 2 L d) \, \zeta - 2 L J^2 \eta, \\
\tfrac{1}{s} |\det K|^2 \, \langle \epsilon f \rangle
&= (h d - 2 L R^2) \, \zeta + h J^2 \eta .
\end{aligned}
$$

`README.md` in this folder derives the whole path.
"""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp

from jaxcom.rates import Rates, broadcast
from jaxcom.xla.elementary import reciprocal
from jaxcom.xla.scalar_algebra import Complex, Real


class Fluctuations(eqx.Module):
    """Rates of the fluctuations about a mean field, in units of omega_m; arrays of one shape.

    Attributes:
        kappa: optical decay.
        gamma: mechanical damping.
        heating: gamma (2 n_m + 1).
        effective_detuning: L = Delta_c - x, the mean detuning of the two modes with the mean field.
        split: d, half the difference of their detunings.
        backscattering: J.
        drive: s = E^2.
    """

    kappa: Any
    gamma: Any
    heating: Any
    effective_detuning: Any
    split: Any
    backscattering: Any
    drive: Any


class System(NamedTuple):
    """Rates, matrix K and weights of the light, in units of omega_m.

    Attributes:
        kappa: optical decay.
        gamma: mechanical damping.
        heating: gamma (2 n_m + 1).
        effective_detuning: L, the mean detuning of the two modes.
        split: d, half the difference of their detunings.
        backscattering: J.
        drive: s = E^2.
        backscattering2: J^2.
        splitting2: R^2 = d^2 + J^2.
        center: c = kappa + i L, half the trace of K.
        determinant: det K = c^2 + R^2.
        determinant2: |det K|^2.
        inverse_center: 1 / c.
        inverse_determinant: 1 / det K.
        inverse_decay: 1 / (4 kappa (kappa^2 + R^2)).
        of_zeta: coefficients of zeta in <f> and <eps f>.
        of_eta: coefficients of eta in <f> and <eps f>.
    """

    kappa: Real
    gamma: Real
    heating: Real
    effective_detuning: Real
    split: Real
    backscattering: Real
    drive: Real
    backscattering2: Real
    splitting2: Real
    center: Complex
    determinant: Complex
    determinant2: Real
    inverse_center: Complex
    inverse_determinant: Complex
    inverse_decay: Real
    of_zeta: tuple[Real, Real]
    of_eta: tuple[Real, Real]

    def spring(self) -> tuple[Real, Real]:
        r"""Coefficients h_2 and h_0 of the light's part h_2 (s + kappa)^2 + h_0 in det(s - A).

        With D_j the detunings of the two modes,

        $$
        h_2 = \frac{2 s}{|\det K|^2} [D_1 (\kappa^2 + D_2^2) - J^2 D_2], \qquad
        h_0 = \frac{2 s (L^2 - R^2)}{|\det K|^2} [D_2 (\kappa^2 + D_2^2) + J^2 (2 L + D_2)].
        $$
        """
        L, d, J2 = self.effective_detuning, self.split, self.backscattering2
        d_1, d_2 = L + d, L - d
        driven = self.kappa * self.kappa + d_2 * d_2
        scale = 2 * self.drive * self.inverse_determinant.abs2()
        h0 = scale * (L * L - self.splitting2) * (d_2 * driven + J2 * (2 * L + d_2))
        return scale * (d_1 * driven - J2 * d_2), h0

    def stiffness(self) -> Real:
        """Static stiffness a_6 / |det K|^2 of the mirror with light: 1 in the dark, 0 at a fold."""
        h2, h0 = self.spring()
        return 1 - (self.kappa * self.kappa * h2 + h0) * self.inverse_determinant.abs2()

    def on_driven(self, f: tuple[Complex, Complex]) -> Complex:
        """Matrix element <1| f |1> of f = f_0 + f_1 eps."""
        return f[0] + self.split * f[1]


def fluctuations(rates: Rates, detuning: Real | float) -> Fluctuations:
    """Rates of the fluctuations about the mean field with the effective detuning L."""
    return broadcast(
        Fluctuations(
            kappa=rates.kappa,
            gamma=rates.gamma,
            heating=rates.heating,
            effective_detuning=detuning,
            split=rates.split,
            backscattering=rates.backscattering,
            drive=rates.drive,
        )
    )


def system(rates: Fluctuations) -> System:
    """Scalars of the linearized dynamics at the rates of the fluctuations."""
    rates = jax.tree.map(jnp.asarray, rates)
    kappa, d, j = rates.kappa, rates.split, rates.backscattering
    backscattering2 = j * j
    splitting2 = d * d + backscattering2
    center = Complex(kappa, rates.effective_detuning)
    upper, lower = rates.effective_detuning + d, rates.effective_detuning - d
    modulus = kappa * kappa + backscattering2 - upper * lower  # c^2 + R^2 without its cancellation
    determinant = Complex(modulus, 2 * kappa * rates.effective_detuning)
    # One division for three reciprocals: 1/a = b c / (a b c).
    decay = kappa * (kappa * kappa + splitting2)
    center2, determinant2 = center.abs2(), determinant.abs2()
    others = center2 * decay
    inverse = reciprocal(determinant2 * others)
    inverse_determinant2 = inverse * others
    inverse_others = inverse * determinant2
    s = rates.drive * inverse_determinant2
    h = center2 + splitting2
    driven, cross = s * h, -2 * s * rates.effective_detuning
    reflected = kappa * kappa + lower * lower  # h - 2 L d - J^2, without its cancellation
    return System(
        kappa=kappa,
        gamma=rates.gamma,
        heating=rates.heating,
        effective_detuning=rates.effective_detuning,
        split=d,
        backscattering=j,
        drive=rates.drive,
        backscattering2=backscattering2,
        splitting2=splitting2,
        center=center,
        determinant=determinant,
        determinant2=determinant2,
        inverse_center=center.conj() * (inverse_others * decay),
        inverse_determinant=determinant.conj() * inverse_determinant2,
        inverse_decay=0.25 * (inverse_others * center2),
        of_zeta=(
            s * (reflected + backscattering2),
            s * (d * reflected - backscattering2 * (rates.effective_detuning + lower)),
        ),
        of_eta=(backscattering2 * cross, backscattering2 * driven),
    )
