"""Projection of a step on the steps that the linearized constraints and the bounds allow.

The feasible set is an intersection of half-spaces, planes and a box. Dykstra's algorithm projects
on each in turn, and adds back the correction of the previous sweep before the next projection.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

SWEEPS = 30
REACH = 0.1  # largest step, in the unit cube, towards a violated constraint

Vector = Float[Array, " d"]


def allowed_step(
    step: Vector,
    unit: Vector,
    inequalities: tuple[Float[Array, " m"], Float[Array, "m d"]],
    equalities: tuple[Float[Array, " k"], Float[Array, "k d"]],
) -> Vector:
    """Step z nearest to `step` with c + C z >= 0, e + E z = 0, and unit + z in the unit cube.

    Args:
        step: desired step.
        unit: coordinates where it begins.
        inequalities: residuals c and slopes C.
        equalities: residuals e and slopes E.

    >>> ahead, at = jnp.array([0.2, 0.1]), jnp.array([0.5, 0.5])
    >>> budget = jnp.array([0.1]), jnp.array([[-1.0, -1.0]])  # z_1 + z_2 <= 0.1
    >>> print(allowed_step(ahead, at, budget, (jnp.zeros(0), jnp.zeros((0, 2)))).round(6) + 0.0)
    [0.1 0. ]
    """
    lengths, normals = zip(
        *(_normalized(*given) for given in (inequalities, equalities)), strict=True
    )
    below, above = -unit, 1 - unit
    one_sided = lengths[0].size

    def sweep(_, state):
        z, pushes, pulled = state
        for k, (length, normal) in enumerate(
            zip(jnp.concatenate(lengths), jnp.concatenate(normals), strict=True)
        ):
            lacking = -(length + normal @ z)
            push = jnp.maximum(lacking, -pushes[k]) if k < one_sided else lacking
            z, pushes = z + push * normal, pushes.at[k].add(push)
        inside = jnp.clip(z + pulled, below, above)
        return inside, pushes, z + pulled - inside

    state = step, jnp.zeros(one_sided + lengths[1].size), jnp.zeros_like(step)
    return jax.lax.fori_loop(0, SWEEPS, sweep, state)[0]


def _normalized(residuals: Float[Array, " m"], slopes: Float[Array, "m d"]):
    """Distances to the zeros of the residuals, and unit normals; both 0 for a flat residual."""
    size = jnp.linalg.norm(slopes, axis=1)
    flat = ~(size > 1e-12)
    size = jnp.where(flat, 1.0, size)
    lengths = jnp.clip(jnp.where(flat, 0.0, residuals / size), -REACH, None)
    return lengths, jnp.where(flat[:, None], 0.0, slopes / size[:, None])
