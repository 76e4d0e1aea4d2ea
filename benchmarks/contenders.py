"""What is compared: this library in several uses, as a user would write them, and the baselines."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import ArrayLike
from paths import RESULTS as RESULTS
from references import baselines

import jaxcom as jc

CONTROLS = ("spin", "power", "detuning", "backscattering")


class Contender(NamedTuple):
    """A function of the four controls, arrays of one length; `compiled` tells JAX from NumPy.

    `of` says what the function returns, so that the right error is measured; `most` is the largest
    batch worth the time.
    """

    name: str
    function: Callable
    of: str = "value"
    compiled: bool = True
    most: int = 10**10


def designs(points: int) -> dict[str, np.ndarray]:
    """Random designs about the paper's: detuning, spin, backscattering and power vary."""
    draw = np.random.default_rng(0).random((4, points))
    return {
        "spin": 30e3 * draw[1],
        "power": 1e-3 + 19e-3 * draw[3],
        "detuning": (-1 + 5 * draw[0]) * 63e6,
        "backscattering": 76e6 * draw[2],
    }


def value(controls, device=None, direction: ArrayLike = jc.LEFT, **options):
    """E_N of one design or a batch."""
    device = jc.SpinningResonator() if device is None else device
    return jc.entanglement(device.replace(**controls), direction, **options)


def by_matrices(solver):
    """E_N by the steady-state covariance."""

    def of(controls, device=None, direction=jc.LEFT):
        device = jc.SpinningResonator() if device is None else device
        r = device.replace(**controls)
        return jc.steady_state(r, direction, solver=solver).log_negativity

    return of


def nonreciprocity(controls):
    """Delta E_N."""
    return jc.nonreciprocity(jc.SpinningResonator(**controls))


def strongest(controls, device=None, direction=jc.LEFT):
    """E_N on the best stable branch."""
    device = jc.SpinningResonator() if device is None else device
    return jc.strongest_entanglement(device.replace(**controls), direction)


def strongest_of_strong_light(controls):
    """The same, with up to 100 mW: one in 50 has several mean fields."""
    return strongest({**controls, "power": 5 * controls["power"]})


def everything(controls):
    """Status, photon numbers, couplings and both entanglements."""
    return jc.observables(jc.SpinningResonator().replace(**controls), jc.LEFT)


def gradient(controls):
    """E_N and its derivatives by the four controls, in reverse mode."""
    return jax.vmap(jax.value_and_grad(value))(controls)


def gradient_of_everything(controls):
    """E_N and its derivatives by all 13 fields of the device."""
    r = jc.SpinningResonator(**controls)
    axes = jax.tree.map(lambda field: 0 if jnp.ndim(field) else None, r)
    return jax.vmap(jax.value_and_grad(jc.entanglement), in_axes=(axes, None))(r, 1)


def forward_gradient(controls):
    """The same derivatives in forward mode."""
    return jax.vmap(jax.jacfwd(value))(controls)


def hessian(controls):
    """The second derivatives by the four controls."""
    return jax.vmap(jax.hessian(value))(controls)


def _fields(controls) -> baselines.Fields:
    return baselines.fields(jc.SpinningResonator(**controls), jc.LEFT)


def _from_design(function):
    return lambda controls: function(_fields(controls))


def _drift_given(function):
    """The mean field and the matrices for nothing: they are computed before the clock starts."""

    def prepare(controls):
        r = jc.SpinningResonator(**controls)
        A = np.asarray(jc.drift(r, jc.mean_field(r, jc.LEFT))) / 63e6
        D = np.broadcast_to(np.asarray(jc.diffusion(r)) / 63e6, A.shape)
        return lambda: function(A, D)

    return prepare


def library() -> list[Contender]:
    """The rows of this library."""
    return [
        Contender("jaxcom.entanglement", value),
        Contender("jaxcom.entanglement, float32", lambda c: value(c, dtype=jnp.float32)),
        Contender("jaxcom.strongest_entanglement", strongest),
        Contender("the same, 5 times the power", strongest_of_strong_light, of="other"),
        Contender("jaxcom.nonreciprocity", nonreciprocity, of="difference"),
        Contender("jaxcom.observables, all eight", everything, of="observables"),
        Contender("value and 4 derivatives, reverse", gradient, of="gradient"),
        Contender("4 derivatives, forward", forward_gradient, of="derivatives"),
        Contender("value and 13 derivatives, reverse", gradient_of_everything, of="all"),
        Contender("4 x 4 second derivatives", hessian, of="hessian", most=1000),
        Contender("jaxcom.steady_state, Kronecker", by_matrices(jc.Kronecker()), most=10_000),
        Contender(
            "jaxcom.steady_state, BartelsStewart", by_matrices(jc.BartelsStewart()), most=10_000
        ),
    ]


def others() -> list[Contender]:
    """The rows of NumPy and SciPy."""
    numpy, scipy = baselines.numpy_kronecker, baselines.scipy_loop
    differences = _from_design(
        lambda f: baselines.central_differences(baselines.from_design_scipy, f)
    )
    return [
        Contender(
            "NumPy, batched Kronecker", _from_design(baselines.from_design_numpy), "value", False
        ),
        Contender("NumPy, matrices given", _drift_given(numpy), "matrices", False),
        Contender("SciPy, one by one", _from_design(baselines.from_design_scipy), "value", False),
        Contender("SciPy, matrices given", _drift_given(scipy), "matrices", False),
        Contender("SciPy, central differences", differences, "differences", False),
    ]
