"""Effective detuning L = Delta_c - x of each branch, with derivatives.

L is the unknown, and not the shift x = G_0 q_s, since all that follows depends on L alone: where
shift and detuning are large and nearly equal, their difference would have lost its digits.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from jaxcom.mean_field import roots
from jaxcom.mean_field.equation import residual
from jaxcom.rates import Rates
from jaxcom.xla.fusion import in_memory, in_memory_with_flag


def all_detunings(rates: Rates) -> tuple[Int[Array, "..."], Float[Array, "5 ..."]]:
    """Number of solutions, and the effective detuning of each, in units of omega_m.

    Places beyond that number hold the lowest solution: a NaN there would spread to the derivatives
    of the others in reverse mode.
    """
    still = jax.lax.stop_gradient(rates)
    count, z = roots.all_roots(roots.quintic(still))
    detuning = -jnp.where(jnp.isnan(z), z[:1], z) * still.kappa[None]
    return count, jax.vmap(along_branch, in_axes=(0, None))(detuning, rates)


def detuning_of(rates: Rates, branch: Int[Array, "..."] | None = None) -> Float[Array, "..."]:
    """Effective detuning of one branch in units of omega_m; NaN where there is no such branch.

    None stands for the lowest branch, which always exists and is found in half the time.
    """
    still = jax.lax.stop_gradient(rates)
    p = roots.quintic(still)
    if branch is None:
        return along_branch(-still.kappa * roots.lowest_root(p), rates)
    branch = jnp.broadcast_to(branch, p.m.shape)
    return along_branch(-still.kappa * roots.root_of_branch(p, branch)[1], rates)


def lowest_detuning(rates: Rates) -> tuple[Float[Array, "..."], Bool[Array, "..."]]:
    """Effective detuning of the lowest branch in units of omega_m, and whether it is surely alone.

    One kernel computes both.
    """
    z, alone = roots.lowest_root_and_whether_alone(roots.quintic(rates))
    z, alone = in_memory_with_flag(z, alone)
    return -rates.kappa * z, alone


def rising_detunings(rates: Rates) -> list[tuple[Bool[Array, "..."], Float[Array, "..."]]]:
    """Whether each of the three branches that may be stable exists, and its effective detuning."""
    still = jax.lax.stop_gradient(rates)
    found = roots.rising_roots(roots.quintic(still))
    return [(exists, along_branch(-still.kappa * z, rates)) for exists, z in found]


@jax.custom_jvp
def along_branch(detuning: Float[Array, "..."], rates: Rates) -> Float[Array, "..."]:
    """Solution L, unchanged, with the derivatives of a solution as a function of the rates.

    Along a branch F(L, rates) = 0, so dL = -(dF/drates . drates) / (dF/dL), F being `residual`.
    """
    return detuning


@along_branch.defjvp
def _along_branch_jvp(primals, tangents):
    rates, rates_dot = primals[1], tangents[1]
    detuning = in_memory(along_branch(*primals))  # as a function: it has derivatives itself
    ones = jnp.ones_like(detuning)
    _, slope = jax.jvp(lambda detuning: residual(detuning, rates), (detuning,), (ones,))
    _, change = jax.jvp(lambda rates: residual(detuning, rates), (rates,), (rates_dot,))
    return detuning, -change / slope
