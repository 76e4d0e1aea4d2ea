"""The whole pipeline at one branch: mean field, drift, stability, covariance, entanglement."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Bool, Complex, Float, Int

from jaxcom import stability
from jaxcom.gaussian.log_negativity import log_negativity
from jaxcom.linearized import at_branch, coupling_rates, diffusion, drift, require_branch
from jaxcom.lyapunov import AbstractLyapunovSolver, Kronecker, lyapunov
from jaxcom.mean_field import mean_field
from jaxcom.precision import require_x64
from jaxcom.resonator import Direction, SpinningResonator, is_valid
from jaxcom.status import Status, status_code
from jaxcom.tables import table

DRIVEN, REFLECTED, MIRROR = 0, 1, 2
_KRONECKER = Kronecker()


class SteadyState(eqx.Module):
    """A steady state and how it came about; prints as a table.

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
        margin: -max Re eigenvalue of A, in rad/s.
        log_negativity: E_N of driven mode and mirror, Eq. (12); NaN unless stable.
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
        """Does the steady state exist?"""
        return self.status == int(Status.STABLE)

    @property
    def photons(self) -> Float[Array, "... 2"]:
        """Photon numbers N_j = |alpha_j|^2 of the driven and the reflected mode."""
        return jnp.real(self.alpha * jnp.conj(self.alpha))

    def __str__(self) -> str:
        rows = [
            ("status", status_in_words(self.status), ""),
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
    direction: ArrayLike,
    branch: ArrayLike = 0,
    *,
    solver: AbstractLyapunovSolver = _KRONECKER,
) -> SteadyState:
    """Everything about one steady state: the pipeline from the design to the entanglement.

    Mean field, Eq. (7); drift and diffusion, Eq. (6); stability, S3 B; covariance, Eq. (11);
    logarithmic negativity, Eq. (12). An unstable point has no steady state: its covariance and its
    entanglement are NaN, and its status says so.

    Args:
        resonator: the device and its drive; fields may be arrays that broadcast.
        direction: `LEFT` or `RIGHT`.
        branch: which mean field, counted from 0 in ascending q_s over the real solutions.
        solver: of the Lyapunov equation.

    Raises:
        RuntimeError: JAX is set to 32 bits.
        ValueError: `branch` is not in 0..4.

    >>> import jaxcom as jc
    >>> s = jc.steady_state(jc.SpinningResonator(detuning=0.3 * 63e6), jc.LEFT)
    >>> print(s.stable, s.log_negativity.round(4))
    True 0.1476
    """
    require_x64("jaxcom.steady_state")
    require_branch(branch)
    direction, branch = jnp.broadcast_arrays(direction, branch)
    return _steady_state(resonator, direction, branch, solver)


@jax.jit
def _steady_state(resonator, direction, branch, solver: AbstractLyapunovSolver) -> SteadyState:
    field = mean_field(resonator, direction)
    A, D = drift(resonator, field, branch), diffusion(resonator)
    D = jnp.broadcast_to(D, A.shape)
    status = _status(resonator, field.count, branch, A)
    # A factor, so that derivatives of what does not exist are NaN as well.
    exists = jnp.where(status == int(Status.STABLE), 1.0, jnp.nan)
    V = lyapunov(A, D, solver=solver) * exists[..., None, None]
    alpha = at_branch(field.alpha, branch)
    shape = status.shape
    return SteadyState(
        direction=jnp.broadcast_to(jnp.asarray(direction, int), shape),
        branch=jnp.broadcast_to(jnp.asarray(branch, int), shape),
        q_s=at_branch(field.q_s, branch),
        alpha=alpha,
        detuning=at_branch(field.detuning, branch),
        coupling=coupling_rates(resonator, alpha),
        drift=A,
        diffusion=D,
        covariance=V,
        status=status,
        margin=stability.margin(A),
        log_negativity=log_negativity(V, (DRIVEN, MIRROR)),
        log_negativity_reflected=log_negativity(V, (REFLECTED, MIRROR)),
    )


def status_in_words(status: ArrayLike) -> str:
    """The advice of a status, or for a batch how many points have which.

    >>> import numpy as np
    >>> status_in_words(np.array([0, 0, 1]))
    '2 stable, 1 unstable'
    """
    codes = np.asarray(status)
    if codes.ndim == 0:
        return Status(int(codes)).advice
    counts = [(int(np.sum(codes == code)), code) for code in Status]
    return ", ".join(f"{n} {code.name.lower().replace('_', ' ')}" for n, code in counts if n)


def _status(resonator, count, branch, A: Float[Array, "... 6 6"]) -> Int[Array, "..."]:
    hurwitz = stability.is_hurwitz(stability.routh_hurwitz_coefficients(A))
    exists = (jnp.asarray(branch) >= 0) & (jnp.asarray(branch) < count)
    return status_code(is_valid(resonator), exists, hurwitz)


def _side(direction) -> str:
    return Direction(int(direction)).name.lower() if np.ndim(direction) == 0 else "left or right"


def _one(branch) -> str:
    return str(int(branch)) if np.ndim(branch) == 0 else "as given"
