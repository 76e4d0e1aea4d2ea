"""Elementwise observables against the steady state by matrices."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from test_entanglement import random_designs

import jaxcom as jc

DESIGNS = random_designs(300, power=(1e-3, 0.5), seed=4)
SIDES = pytest.mark.parametrize("side", list(jc.Direction), ids=lambda d: d.name.lower())


def pairs(r, side, branch):
    """Pairs of each observable and its value by matrices."""
    fast, slow = jc.observables(r, side, branch=branch), jc.steady_state(r, side, branch=branch)
    by_matrices = jc.Observables(
        status=slow.status,
        q_s=slow.q_s,
        photons_driven=slow.photons[..., 0],
        photons_reflected=slow.photons[..., 1],
        coupling_driven=jnp.abs(slow.coupling[..., 0]),
        coupling_reflected=jnp.abs(slow.coupling[..., 1]),
        log_negativity=slow.log_negativity,
        log_negativity_reflected=slow.log_negativity_reflected,
    )
    return zip(jax.tree.leaves(fast), jax.tree.leaves(by_matrices), strict=True)


@SIDES
@pytest.mark.parametrize("branch", [0, 1, 2])
def test_agree_with_steady_state(side, branch):
    """The matrices lose accuracy where the margin is small, in a few of a thousand designs."""
    for fast, slow in pairs(DESIGNS, side, branch):
        np.testing.assert_allclose(fast, slow, rtol=1e-9, atol=1e-9)


def test_branches_as_an_array():
    together = jax.vmap(lambda k: jc.observables(DESIGNS, jc.LEFT, branch=k))(jnp.arange(3))
    for k in range(3):
        alone = jc.observables(DESIGNS, jc.LEFT, branch=k)
        for a, b in zip(jax.tree.leaves(together), jax.tree.leaves(alone), strict=True):
            np.testing.assert_allclose(a[k], b, rtol=1e-12, atol=1e-12)


def test_every_status_occurs():
    power = jnp.array([1e-3, 0.5, jnp.nan])
    designs = jax.jit(lambda p: jc.observables(jc.SpinningResonator(power=p, detuning=0.0), 1))
    assert designs(power).status.tolist() == [
        jc.Status.STABLE,
        jc.Status.UNSTABLE,
        jc.Status.INVALID_INPUT,
    ]
    assert (
        jc.observables(jc.SpinningResonator(), jc.LEFT, branch=4).status == jc.Status.NO_SUCH_BRANCH
    )


def test_nan_where_there_is_no_branch():
    o = jc.observables(jc.SpinningResonator(), jc.LEFT, branch=4)
    numbers = [leaf for leaf in jax.tree.leaves(o) if jnp.issubdtype(leaf.dtype, jnp.floating)]
    assert len(numbers) == 7
    assert np.isnan(numbers).all()


def test_single_precision():
    double, single = (jc.observables(DESIGNS, jc.LEFT, dtype=t) for t in (jnp.float64, jnp.float32))
    assert single.photons_driven.dtype == np.float32
    np.testing.assert_allclose(
        np.asarray(single.photons_driven, float), double.photons_driven, rtol=1e-5
    )


def test_derivative_of_the_photon_number():
    def photons(power):
        return jc.observables(jc.SpinningResonator(power=power), jc.LEFT).photons_driven

    h = 1e-7
    difference = (photons(20e-3 + h) - photons(20e-3 - h)) / (2 * h)
    np.testing.assert_allclose(jax.grad(photons)(20e-3), difference, rtol=1e-7)
