"""Steady state of one branch: mean field, drift, stability, covariance and entanglement."""

from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Bool, Complex, Float, Int

from jaxcom import closed_form, stability
from jaxcom.direction import Direction, DirectionLike, direction_sign, is_direction
from jaxcom.gaussian import clipped, log_negativity
from jaxcom.linearized import coupling_rates, diffusion, drift_about
from jaxcom.lyapunov import DEFAULT_SOLVER, AbstractLyapunovSolver, lyapunov
from jaxcom.mean_field import mean_field
from jaxcom.mean_field.branches import at_branch, require_branch
from jaxcom.mean_field.detuning import all_detunings
from jaxcom.rates import Rates, normalized_rates
from jaxcom.resonator import SpinningResonator, is_valid
from jaxcom.status import Status, status_code
from jaxcom.support.tables import table
from jaxcom.xla.precision import require_x64

DRIVEN, REFLECTED, MIRROR = 0, 1, 2


class SteadyState(eqx.Module):
    """Steady state of a design, with all quantities that lead to it; prints as a table.

    Attributes:
        direction: sigma of the light, +1 from the left, -1 from the right.
        branch: which mean field, counted from 0 in ascending q_s.
        q_s: mean displacement in units of x_zp.
        alpha: amplitudes of the driven and the reflected mode.
        detuning: D_j = Delta_j - G_0 q_s of both modes, in rad/s.
        coupling: G_j = sqrt(2) G_0 alpha_j of both modes, in rad/s.
        drift: A of Eq. (6), in rad/s.
        diffusion: D of Eq. (11), in rad/s.
        covariance: V of Eq. (11); NaN unless stable.
        status: a code of `Status`.
        margin: -max Re eigenvalue of A, in rad/s; positive where the status is stable. Its digits
            beyond 1e-15 of the largest entry of A are rounding.
        log_negativity: E_N of driven mode and mirror, Eq. (12); NaN unless stable. Next to an edge
            of stability, where V diverges, `jaxcom.entanglement` keeps three digits more.
        log_negativity_reflected: E_N of reflected mode and mirror; NaN unless stable.
    """

    direction: Int[Array, "..."]
    branch: Int[Array, "..."]
    q_s: Float[Array, "..."]
    alpha: Complex[Array, "... 2"]
    detuning: Float[Array, "... 2"]
    coupling: Complex[Array, "... 2"]
    drift: Float[Array, "... 6 6"]
    diffusion: Float[Array, "... 6 6"]
    covariance: Float[Array, "... 6 6"]
    status: Int[Array, "..."]
    margin: Float[Array, "..."]
    log_negativity: Float[Array, "..."]
    log_negativity_reflected: Float[Array, "..."]

    @property
    def stable(self) -> Bool[Array, "..."]:
        """Whether the steady state exists."""
        return self.status == int(Status.STABLE)

    @property
    def photons(self) -> Float[Array, "... 2"]:
        """Photon numbers N_j = |alpha_j|^2 of the driven and the reflected mode."""
        return jnp.real(self.alpha * jnp.conj(self.alpha))

    def __str__(self) -> str:
        rows = [
            ("status", describe_status(self.status), ""),
            ("margin of stability", self.margin, "rad/s"),
            ("mean displacement q_s", self.q_s, "x_zp"),
        ]
        modes = [
            (f"{name}, {mode} mode", values[..., k], unit)
            for name, values, unit in [
                ("photons", self.photons, ""),
                ("detuning D", self.detuning, "rad/s"),
                ("coupling |G|", jnp.abs(self.coupling), "rad/s"),
            ]
            for k, mode in enumerate(("driven", "reflected"))
        ]
        measures = [
            ("E_N, driven mode and mirror", self.log_negativity, ""),
            ("E_N, reflected mode and mirror", self.log_negativity_reflected, ""),
        ]
        title = f"Steady state, light from the {_side(self.direction)}, branch {_one(self.branch)}"
        return table(title, [rows, modes, measures])


def steady_state(
    resonator: SpinningResonator,
    direction: DirectionLike,
    *,
    branch: ArrayLike = 0,
    solver: AbstractLyapunovSolver = DEFAULT_SOLVER,
) -> SteadyState:
    """Steady state of a design on one branch, from the mean field to the entanglement.

    The steps are the mean field, Eq. (7); drift and diffusion, Eq. (6); stability, S3 B;
    covariance, Eq. (11); logarithmic negativity, Eq. (12).

    Args:
        resonator: the device and its drive; fields may be arrays that broadcast.
        direction: `LEFT` or `RIGHT`, or an array of signs.
        branch: which mean field, counted from 0 in ascending q_s over the real solutions.
        solver: solver of the Lyapunov equation.

    Returns:
        All quantities of the steady state. An unstable point has none: its status says so, and its
        covariance and entanglement are NaN.

    Raises:
        RuntimeError: JAX is set to 32 bits.
        ValueError: `direction` is neither `LEFT` nor `RIGHT`, or `branch` is not in 0..4.

    >>> import jaxcom as jc
    >>> s = jc.steady_state(jc.SpinningResonator(detuning=0.3 * 63e6), jc.LEFT)
    >>> print(s.stable, s.log_negativity.round(4))
    True 0.1476
    """
    require_x64("jaxcom.steady_state")
    require_branch(branch)
    sign, branch = jnp.broadcast_arrays(direction_sign(direction), branch)
    return _steady_state(resonator, sign, branch, solver)


@jax.jit
def _steady_state(resonator, direction, branch, solver: AbstractLyapunovSolver) -> SteadyState:
    field = mean_field(resonator, direction).at(branch)
    A = drift_about(resonator, field)
    D = jnp.broadcast_to(diffusion(resonator), A.shape)
    valid = is_valid(resonator) & is_direction(direction)
    rates = normalized_rates(resonator, direction)
    effective = at_branch(all_detunings(rates)[1], branch)
    # In closed form: the entries of A are rounded, which decides the verdict next to an edge.
    stable = closed_form.is_stable(rates, effective)
    status = status_code(valid, (branch >= 0) & (branch < field.count), stable)
    # A factor, so that derivatives of what does not exist are NaN as well.
    exists = jnp.where(status == int(Status.STABLE), 1.0, jnp.nan)
    V = lyapunov(A, D, solver=solver) * exists[..., None, None]
    entangled = [
        _accurate(rates, effective, reflected, log_negativity(V, (mode, MIRROR))) * exists
        for mode, reflected in ((DRIVEN, False), (REFLECTED, True))
    ]
    shape = status.shape
    return SteadyState(
        direction=jnp.broadcast_to(jnp.asarray(direction, int), shape),
        branch=jnp.broadcast_to(jnp.asarray(branch, int), shape),
        q_s=field.q_s,
        alpha=field.alpha,
        detuning=field.detuning,
        coupling=coupling_rates(resonator, field.alpha),
        drift=A,
        diffusion=D,
        covariance=V,
        status=status,
        margin=_with_sign(stability.margin(A), stable),
        log_negativity=entangled[0],
        log_negativity_reflected=entangled[1],
    )


def describe_status(status: ArrayLike) -> str:
    """Advice of a status as text; for a batch the number of points of each status.

    >>> import numpy as np
    >>> describe_status(np.array([0, 0, 1]))
    '2 stable, 1 unstable'
    """
    codes = np.asarray(status)
    if codes.ndim == 0:
        return Status(int(codes)).advice
    counts = [(int(np.sum(codes == code)), code) for code in Status]
    return ", ".join(f"{n} {code.name.lower().replace('_', ' ')}" for n, code in counts if n)


@partial(jax.custom_jvp, nondiff_argnums=(2,))
def _accurate(
    rates: Rates, detuning: Float[Array, "..."], reflected: bool, by_matrix: Float[Array, "..."]
) -> Float[Array, "..."]:
    """E_N to rounding, which next to an edge the covariance does not determine; its slopes do."""
    value = closed_form.accurate_log_negativity(rates, detuning, reflected=reflected)
    return clipped(value)


@_accurate.defjvp
def _accurate_jvp(reflected, primals, tangents):
    rates, detuning, by_matrix = primals
    return _accurate(rates, detuning, reflected, by_matrix), tangents[2]


def _with_sign(margin: Float[Array, "..."], stable: Bool[Array, "..."]) -> Float[Array, "..."]:
    """Margin with the sign of the verdict, which rounding may have turned around."""
    least = float(jnp.finfo(margin.dtype).tiny)
    return jnp.where(stable, jnp.maximum(margin, least), jnp.minimum(margin, 0.0))


def _side(direction) -> str:
    return Direction(int(direction)).label if np.ndim(direction) == 0 else "left or right"


def _one(branch) -> str:
    return str(int(branch)) if np.ndim(branch) == 0 else "as given"
