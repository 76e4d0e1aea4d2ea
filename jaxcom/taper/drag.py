"""The force of the air that the resonator drags through the gap between itself and the taper."""

import math

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxcom.resonator import SpinningResonator
from jaxcom.support.parameters import Scalar
from jaxcom.taper.fiber import Taper, one_if_valid
from jaxcom.xla.precision import require_x64

_PREFACTOR = 6.19  # of S2.1


def gap_integral(taper: Taper) -> Float[Array, "..."]:
    """1/rho(h) = Integral_0^r (h - sqrt(r^2 - x^2) + r)^(-3/2) dx of S2.1, in m^(-1/2).

    Measured against 40 digits for h/r from 1e-8 to 1e4, the relative error is below 1e-14, that of
    its first derivatives below 2e-14 and of the second below 1e-12.

    Raises:
        RuntimeError: JAX is set to 32 bits.

    >>> from jaxcom.taper import Taper
    >>> print(f"{gap_integral(Taper()):.6g}")
    2878.04
    """
    require_x64("jaxcom.taper")
    return _gap_integral(taper.separation, taper.radius)


# With x = r sin(a) the cosine cancels no digits of the gap, h + r - r cos(a) = h + 2 r sin^2(a/2):
#   1/rho = Integral_0^{pi/2} r cos(a) (h + 2 r sin^2(a/2))^(-3/2) da.
# The gap vanishes at the complex angles a = +-i w with cosh(w) = 1 + h/r, sinh^2(w/2) = h/(2 r),
# which come close to the path when h/r is small. A second substitution, a = w sinh(u), moves them
# to u = +-i pi/2 whatever h is, while the path's length, asinh(pi/(2 w)), grows as a logarithm
# only: so Gauss-Legendre nodes in u converge geometrically, and few of them do.
# The nodes are constants to derivatives, which are thus quadratures under the integral sign.
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(36)


@jax.jit
def _gap_integral(h: Scalar, r: Scalar) -> Float[Array, "..."]:
    h, r = (jnp.asarray(side)[..., None] for side in jnp.broadcast_arrays(h, r))
    angle, weight = _nodes(jax.lax.stop_gradient(h / r))
    gap = h + 2 * r * jnp.sin(angle / 2) ** 2
    return jnp.sum(weight * r * jnp.cos(angle) / (gap * jnp.sqrt(gap)), axis=-1)


def _nodes(ratio: Float[Array, "... 1"]) -> tuple[Float[Array, "... n"], Float[Array, "... n"]]:
    """Angles from 0 to pi/2 and their weights, for a gap whose h/r is `ratio`."""
    w = 2 * jnp.arcsinh(jnp.sqrt(ratio / 2))
    length = jnp.arcsinh(math.pi / 2 / w)
    u = _on_all((1 + _NODES) / 2, length)
    return w * jnp.sinh(u), _on_all(_WEIGHTS / 2, length) * w * jnp.cosh(u)


def _on_all(row: np.ndarray, column: Float[Array, "... 1"]) -> Float[Array, "... n"]:
    return column * row.reshape((1,) * (column.ndim - 1) + (-1,))


def drag_coefficient(taper: Taper, resonator: SpinningResonator) -> Float[Array, "..."]:
    """T_air/|Omega| = 6.19 mu R^(5/2) / rho(h) of S2.1, in N s.

    >>> import jaxcom as jc
    >>> from jaxcom.taper import Taper
    >>> print(f"{drag_coefficient(Taper(), jc.SpinningResonator()):.4g}")
    1.294e-08
    """
    per_length = _PREFACTOR * taper.viscosity * resonator.radius**2.5 * gap_integral(taper)
    return per_length * one_if_valid(taper, resonator)


def aerodynamic_force(taper: Taper, resonator: SpinningResonator) -> Float[Array, "..."]:
    """Force of the dragged air on the taper, T_air = 6.19 mu R^(5/2) |Omega| / rho(h), S2.1, in N.

    Positive: it pushes the taper away from the resonator, whichever way that spins.

    >>> import jaxcom as jc
    >>> from jaxcom.taper import Taper
    >>> print(f"{aerodynamic_force(Taper(), jc.SpinningResonator(spin=23e3)):.4g}")
    0.0002976
    """
    return drag_coefficient(taper, resonator) * jnp.abs(resonator.spin)
