"""The characteristic polynomial of a matrix and the adjugate that belongs to it."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float


@jax.jit
def faddeev_leverrier(
    drift: Float[Array, "*batch n n"],
) -> tuple[Float[Array, "*batch n"], Float[Array, "*batch n n n"]]:
    """Expand the resolvent of a matrix in powers of s (Faddeev and Le Verrier).

    (s - A)^-1 = adj(s - A) / p(s),   p(s) = s^n + a_1 s^(n-1) + ... + a_n = det(s - A),
    adj(s - A) = R_0 s^(n-1) + R_1 s^(n-2) + ... + R_(n-1),
    R_0 = 1,   a_k = -tr(A R_(k-1)) / k,   R_k = A R_(k-1) + a_k.

    The recurrence is homogeneous: the unit of A sets the size of the results (a_k and R_k are in
    that unit to the k), never their relative accuracy. It is meant for small matrices; the digits
    that the trace cancels grow with n.

    Args:
        drift: matrices A, in any unit.

    Returns:
        The coefficients (a_1, ..., a_n), and R_0, ..., R_(n-1) along the first of three axes.

    Examples:
        >>> import jax.numpy as jnp
        >>> from jaxcom.stability.characteristic import faddeev_leverrier
        >>> coefficients, adjugate = faddeev_leverrier(jnp.array([[0.0, 1.0], [-4.0, -3.0]]))
        >>> coefficients  # s^2 + 3 s + 4
        Array([3., 4.], dtype=float64)
        >>> adjugate[1]  # adj(s - A) = s + [[3, 1], [-4, 0]]
        Array([[ 3.,  1.],
               [-4.,  0.]], dtype=float64)
    """
    n = drift.shape[-1]
    identity = jnp.broadcast_to(jnp.eye(n, dtype=drift.dtype), drift.shape)
    coefficients, adjugate = [], [identity]
    for k in range(1, n + 1):
        product = drift @ adjugate[-1]
        coefficients.append(-jnp.trace(product, axis1=-2, axis2=-1) / k)
        adjugate.append(product + coefficients[-1][..., None, None] * identity)
    return jnp.stack(coefficients, axis=-1), jnp.stack(adjugate[:-1], axis=-3)


def companion(coefficients: Float[Array, "*batch n"]) -> Float[Array, "*batch n n"]:
    """Return a matrix whose eigenvalues are the zeros of s^n + a_1 s^(n-1) + ... + a_n.

    Examples:
        >>> import jax.numpy as jnp
        >>> from jaxcom.stability.characteristic import companion
        >>> companion(jnp.array([3.0, 2.0]))  # zeros -1 and -2
        Array([[-3., -2.],
               [ 1.,  0.]], dtype=float64)
    """
    n = coefficients.shape[-1]
    below = jnp.broadcast_to(jnp.eye(n - 1, n), (*coefficients.shape[:-1], n - 1, n))
    return jnp.concatenate([-coefficients[..., None, :], below], axis=-2)
