"""Is a covariance matrix that of a quantum state?"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float


def uncertainty_slack(covariance: Float[Array, "... n n"]) -> Float[Array, "..."]:
    """The smallest eigenvalue of V + i Omega / 2, with Omega_jk = -i [u_j, u_k].

    Heisenberg's uncertainty relation is V + i Omega / 2 >= 0: a covariance matrix is that of a
    quantum state if and only if the number is not negative. It is 0 for a pure state.

    >>> import jaxcom as jc, jax.numpy as jnp
    >>> thermal, too_quiet = 2.5 * jnp.eye(2), 0.4 * jnp.eye(2)
    >>> print(gaussian.uncertainty_slack(thermal), gaussian.uncertainty_slack(too_quiet).round(3))
    2.0 -0.1
    """
    modes = covariance.shape[-1] // 2
    omega = np.kron(np.eye(modes), np.array([[0.0, 1.0], [-1.0, 0.0]]))
    omega = jnp.broadcast_to(jnp.asarray(omega / 2), covariance.shape)
    return jnp.linalg.eigvalsh(jax.lax.complex(covariance, omega))[..., 0]
