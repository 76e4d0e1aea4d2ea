"""E_N to rounding at edges of stability, against ball arithmetic and against the fast path."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

pytest.importorskip("flint", reason="needs python-flint: pip install python-flint")

from references import ball_arithmetic
from references.design_groups import GROUPS
from references.verdicts import FAST_VALUE, STATE_VALUE, compare

import jaxcom as jc
from jaxcom.closed_form import accurate, log_negativity
from jaxcom.closed_form.characteristic import slowest_frequency2
from jaxcom.closed_form.system import fluctuations
from jaxcom.mean_field.detuning import detuning_of
from jaxcom.rates import normalized_rates


@pytest.mark.parametrize("group", ["paper", "many roots", "Hopf edges", "folds"])
def test_entanglement_is_known_to_its_conditioning(group):
    batch = GROUPS[group](np.random.default_rng(2), 120)
    found = compare(batch, 60)
    faults = [fault for fault in found.faults if fault.name in (FAST_VALUE, STATE_VALUE)]
    assert [(fault.text, batch.distance[fault.index]) for fault in faults] == []


@pytest.mark.parametrize("reflected", [False, True])
def test_both_paths_agree_where_the_fast_one_is_accurate(reflected):
    resonator = jc.SpinningResonator(
        spin=jnp.linspace(-3e4, 3e4, 40), detuning=1.2 * 63e6, backscattering=20e6
    )
    rates = normalized_rates(resonator, jc.LEFT)
    L = detuning_of(rates)
    fast = log_negativity(rates, L, reflected=reflected)
    slow = jax.jit(lambda r: accurate.log_negativity(reflected, r))(fluctuations(rates, L))
    np.testing.assert_allclose(slow, fast, rtol=1e-12, atol=1e-13)


def test_frequency_at_an_edge_is_that_of_the_slow_oscillation():
    batch = GROUPS["Hopf edges"](np.random.default_rng(3), 10)
    rates = normalized_rates(batch.resonator(), batch.direction)
    w2 = slowest_frequency2(fluctuations(rates, detuning_of(rates, jnp.asarray(batch.branch))))
    for i in range(len(batch)):
        design, direction, branch = batch.case(i)
        exact = ball_arithmetic.rates_of(design, direction)
        A = ball_arithmetic.drift_matrix(exact, ball_arithmetic.shifts_of(exact)[branch])
        eigenvalues = np.linalg.eigvals([[float(A[j, k]) for k in range(6)] for j in range(6)])
        slowest = eigenvalues[np.argmax(eigenvalues.real)]
        assert float(w2[i]) == pytest.approx(slowest.imag**2, rel=1e-5)


def test_gradient_and_value_are_computed_together_at_an_edge():
    batch = GROUPS["Hopf edges"](np.random.default_rng(4), 10)
    resonator, sides = batch.resonator(), jnp.asarray(batch.direction)

    def total(resonator):
        return jc.entanglement(resonator, sides, branch=batch.branch, unclipped=True)

    value, _ = jax.jvp(total, (resonator,), (resonator,))
    np.testing.assert_array_equal(value, total(resonator))
