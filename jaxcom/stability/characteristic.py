"""Characteristic polynomial of a matrix and the adjugate of its resolvent."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float


@jax.jit
def faddeev_leverrier(
    drift: Float[Array, "*batch n n"],
) -> tuple[Float[Array, "*batch n"], Float[Array, "*batch n n n"]]:
    r"""Characteristic polynomial and adjugate of matrices, by the Faddeev-Le Verrier recurrence.

    $$
    (s - A)^{-1} = \frac{\operatorname{adj}(s - A)}{p(s)}, \qquad
    p(s) = \det(s - A) = s^n + a_1 s^{n-1} + \dots + a_n,
    $$

    $$
    \operatorname{adj}(s - A) = R_0 s^{n-1} + R_1 s^{n-2} + \dots + R_{n-1},
    $$

    $$
    R_0 = 1, \qquad a_k = -\frac{1}{k} \operatorname{tr} A R_{k-1}, \qquad R_k = A R_{k-1} + a_k.
    $$

    The recurrence is homogeneous: a_k and R_k are in the unit of A to the power k, and the choice
    of that unit has no effect on their relative accuracy. It is meant for small matrices, since
    cancellation in the trace grows with n.

    Args:
        drift: matrices A of shape (..., n, n), in any unit.

    Returns:
        The coefficients (a_1, ..., a_n), of shape (..., n), and the matrices R_0, ..., R_(n-1), of
        shape (..., n, n, n) with their index as the first of the last three axes.

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
