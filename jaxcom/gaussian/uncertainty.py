"""Uncertainty relation of a Gaussian state."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float


def uncertainty_slack(covariance: Float[ArrayLike, "... n n"]) -> Float[Array, "..."]:
    r"""Smallest eigenvalue of V + i Omega / 2, not negative for a quantum state.

    A symmetric matrix V is the covariance matrix of a quantum state if and only if it obeys
    Heisenberg's uncertainty relation

    $$
    V + \tfrac{i}{2} \Omega \ge 0, \qquad \Omega_{jk} = -i \, [u_j, u_k].
    $$

    Args:
        covariance: V of shape (..., 2 N, 2 N), of N modes in the order (X_1, Y_1, X_2, Y_2, ...),
            with vacuum variance 1/2.

    Returns:
        Eigenvalue of shape (...); 0 for a pure state.

    >>> import jax.numpy as jnp
    >>> from jaxcom.gaussian import uncertainty_slack
    >>> thermal, below_vacuum = 2.5 * jnp.eye(2), 0.4 * jnp.eye(2)
    >>> print(uncertainty_slack(thermal), uncertainty_slack(below_vacuum).round(3))
    2.0 -0.1
    """
    covariance = jnp.asarray(covariance)
    modes = covariance.shape[-1] // 2
    omega = np.kron(np.eye(modes), np.array([[0.0, 1.0], [-1.0, 0.0]]))
    omega = jnp.broadcast_to(jnp.asarray(omega / 2), covariance.shape)
    return jnp.linalg.eigvalsh(jax.lax.complex(covariance, omega))[..., 0]
