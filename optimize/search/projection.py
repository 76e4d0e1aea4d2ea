"""Projection of a step on the steps that the linearized constraints and the bounds allow.

The feasible set is an intersection of half-spaces, planes and a box. Dykstra's algorithm projects
on each in turn, and adds back the correction of the previous sweep before the next projection.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

SWEEPS = 30
REACH = 0.1  # largest step, in the unit cube, towards a violated constraint

Vector = Float[Array, " d"]


def allowed_step(
    step: Vector,
    unit: Vector,
    residuals: Float[Array, " m"],
    slopes: Float[Array, "m d"],
    equality: Bool[Array, " m"],
) -> Vector:
    """Step z nearest to `step` with c + C z >= 0, or = 0, and unit + z in the unit cube.

    Args:
        step: desired step.
        unit: coordinates where it begins.
        residuals: residuals c of the constraints.
        slopes: slopes C of the residuals.
        equality: whether each residual must be 0; otherwise it must be at least 0.

    >>> ahead, at = jnp.array([0.2, 0.1]), jnp.array([0.5, 0.5])
    >>> residual, slopes = jnp.array([0.1]), jnp.array([[-1.0, -1.0]])  # z_1 + z_2 <= 0.1
    >>> print(allowed_step(ahead, at, residual, slopes, jnp.array([False])).round(6) + 0.0)
    [0.1 0. ]
    """
    lengths, normals = _normalized(residuals, slopes)
    below, above = -unit, 1 - unit

    def project(z, row):
        length, normal, two_sided, pushed = row
        lacking = -(length + normal @ z)
        push = jnp.where(two_sided, lacking, jnp.maximum(lacking, -pushed))
        return z + push * normal, pushed + push

    def sweep(_, state):
        z, pushes, pulled = state
        z, pushes = jax.lax.scan(project, z, (lengths, normals, equality, pushes))
        inside = jnp.clip(z + pulled, below, above)
        return inside, pushes, z + pulled - inside

    state = step, jnp.zeros_like(lengths), jnp.zeros_like(step)
    return jax.lax.fori_loop(0, SWEEPS, sweep, state)[0]


def _normalized(residuals: Float[Array, " m"], slopes: Float[Array, "m d"]):
    """Distances to the zeros of the residuals, and unit normals; both 0 for a flat residual."""
    size = jnp.linalg.norm(slopes, axis=1)
    flat = ~(size > 1e-12)
    size = jnp.where(flat, 1.0, size)
    lengths = jnp.clip(jnp.where(flat, 0.0, residuals / size), -REACH, None)
    return lengths, jnp.where(flat[:, None], 0.0, slopes / size[:, None])
