"""Boundary functions and derivatives of the margin, against eigenvalues and differences."""

import jax
import jax.numpy as jnp
import numpy as np

import jaxcom as jc
from jaxcom.stability import decays_faster, margin
from jaxcom.stability.routh import boundary_functions

RNG = np.random.default_rng(3)


def polynomials(n, count):
    """Coefficients and margins of real polynomials with random zeros in the left half plane."""
    for _ in range(count):
        zeros = list(-RNG.uniform(0.1, 3, n % 2))
        while len(zeros) < n:
            pair = -RNG.uniform(0.1, 3) + 1j * RNG.uniform(0, 3)
            zeros += [pair, pair.conjugate()] if RNG.random() < 0.7 else list(-RNG.random(2) - 0.1)
        yield jnp.asarray(np.poly(zeros)[1:].real), -max(np.real(zeros))


def test_both_are_positive_inside_and_one_vanishes_at_the_margin():
    for n in (2, 3, 5, 6):
        for a, m in polynomials(n, 20):
            inside = np.array(boundary_functions(a, 0.0))
            at_margin = np.array(boundary_functions(a, m))
            assert np.all(inside > 0)
            assert np.abs(at_margin / inside).min() < 1e-10
            assert bool(decays_faster(a, 0.99 * m)) == np.all(
                np.array(boundary_functions(a, 0.99 * m)) > 0
            )


def device(x):
    return jc.SpinningResonator(backscattering=1e7).replace(
        detuning=x[0] * 63e6, power=x[1] * 1e-2, spin=x[2] * 1e4
    )


def of_matrices(x):
    return jc.steady_state(device(x), jc.LEFT).margin / 63e6


def test_second_derivatives_of_the_margin():
    """Against central differences of slopes, whose error is 1e-10."""
    at, step = jnp.array([0.4, 2.0, 0.8]), 1e-5
    slope, bend = jax.jit(jax.grad(of_matrices)), jax.jit(jax.hessian(of_matrices))
    rows = [(slope(at + e) - slope(at - e)) / (2 * step) for e in step * np.eye(3)]
    np.testing.assert_allclose(bend(at), np.stack(rows), atol=1e-8)
    first = [(of_matrices(at + e) - of_matrices(at - e)) / (2 * step) for e in step * np.eye(3)]
    np.testing.assert_allclose(slope(at), first, atol=1e-8)


def test_no_derivative_at_a_double_eigenvalue():
    def defective(x):
        return margin(
            jnp.array([[-1.0, 1.0], [0.0, -1.0]]) + x * jnp.array([[0.0, 0.0], [1.0, 0.0]])
        )

    assert defective(0.0) == 1
    assert not np.isfinite(jax.grad(defective)(0.0))
