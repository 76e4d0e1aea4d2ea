"""The shift x = G_0 q_s of each branch, with derivatives by the implicit function theorem."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from jaxcom.mean_field import roots
from jaxcom.mean_field.equation import residual
from jaxcom.rates import Rates
from jaxcom.xla.fusion import in_memory, in_memory_with_flag


def all_shifts(rates: Rates) -> tuple[Int[Array, "..."], Float[Array, "5 ..."]]:
    """Number of solutions, and the shift x = G_0 q_s of each in units of omega_m.

    Places beyond that number hold the lowest solution: a NaN there would spread to the derivatives
    of the others in reverse mode.
    """
    still = jax.lax.stop_gradient(rates)
    count, root = roots.all_roots(roots.quintic(still))
    x = jnp.where(jnp.isnan(root), root[:1], root) * still.kappa[None]
    return count, jax.vmap(along_branch, in_axes=(0, None))(x, rates)


def shift_of(rates: Rates, branch: Int[Array, "..."] | None = None) -> Float[Array, "..."]:
    """Shift x = G_0 q_s of one branch in units of omega_m; NaN where there is no such branch.

    None stands for the lowest branch, which always exists and is found in half the time.
    """
    still = jax.lax.stop_gradient(rates)
    p = roots.quintic(still)
    if branch is None:
        return along_branch(still.kappa * roots.lowest_root(p), rates)
    branch = jnp.broadcast_to(branch, p.m.shape)
    return along_branch(still.kappa * roots.root_of_branch(p, branch)[1], rates)


def lowest_shift(rates: Rates) -> tuple[Float[Array, "..."], Bool[Array, "..."]]:
    """Shift x = G_0 q_s of the lowest branch in units of omega_m, and whether it is surely alone.

    One kernel computes both.
    """
    root, alone = roots.lowest_root_and_whether_alone(roots.quintic(rates))
    root, alone = in_memory_with_flag(root, alone)
    return rates.kappa * root, alone


def rising_shifts(rates: Rates) -> list[tuple[Bool[Array, "..."], Float[Array, "..."]]]:
    """Whether each of the three branches that may be stable exists, and its shift x = G_0 q_s."""
    still = jax.lax.stop_gradient(rates)
    found = roots.rising_roots(roots.quintic(still))
    return [(exists, along_branch(still.kappa * root, rates)) for exists, root in found]


@jax.custom_jvp
def along_branch(x: Float[Array, "..."], rates: Rates) -> Float[Array, "..."]:
    """Solution x, unchanged, with the derivatives of a solution as a function of the rates.

    Along a branch F(x, rates) = 0, so dx = -(dF/drates . drates) / (dF/dx), F being `residual`.
    """
    return x


@along_branch.defjvp
def _along_branch_jvp(primals, tangents):
    rates, rates_dot = primals[1], tangents[1]
    x = in_memory(along_branch(*primals))  # as a function: it has derivatives itself
    _, slope = jax.jvp(lambda x: residual(x, rates), (x,), (jnp.ones_like(x),))
    _, change = jax.jvp(lambda rates: residual(x, rates), (rates,), (rates_dot,))
    return x, -change / slope
