"""Every Lyapunov solver against systems with known covariance, and against the others."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.linalg
from references.linear_systems import CLOSED_FORMS, System, random_stable, reference_states

from jaxcom.lyapunov import AbstractLyapunovSolver, BartelsStewart, Hurwitz, Kronecker, lyapunov


def by_scipy(n):
    drift, diffusion = random_stable(n)
    covariance = scipy.linalg.solve_continuous_lyapunov(drift, -diffusion)
    return System(f"random {n}", drift, diffusion, covariance)


SYSTEMS = [*CLOSED_FORMS, *(by_scipy(n) for n in (1, 2, 3, 6, 10))]
every_solver = pytest.mark.parametrize(
    "solver", [Kronecker(), BartelsStewart(), Hurwitz()], ids=lambda solver: type(solver).__name__
)


def distance(covariance, expected):
    """Largest error of a batch, each relative to the norm of the expected matrix."""
    covariance, expected = np.asarray(covariance), np.asarray(expected)
    norm = np.linalg.norm(expected, axis=(-2, -1))
    return np.max(np.linalg.norm(covariance - expected, axis=(-2, -1)) / norm)


@every_solver
@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.name)
def test_every_solver_solves_every_system(solver, system):
    """The error is rounding times the condition number, at most 1e4 (Q of 12 thousand)."""
    covariance = np.asarray(lyapunov(system.drift, system.diffusion, solver=solver))
    assert distance(covariance, system.covariance) < 1e-12
    np.testing.assert_array_equal(covariance, covariance.mT)
    residual = system.drift @ covariance + covariance @ system.drift.T + system.diffusion
    size = np.linalg.norm(system.drift) * np.linalg.norm(covariance)
    assert np.linalg.norm(residual) < 1e-14 * size


@every_solver
def test_reference_states(solver):
    """All stable branches, down to 1.5e-7 omega_m from the threshold, to 1e-11.

    Rounding the entries of A to 64 bits changes V by up to 1e-13 there, a limit for every solver.
    """
    stable = [state for state in reference_states() if state[2]["stable"]]
    drift, diffusion = (np.array([state[i] for state in stable]) for i in (0, 1))
    expected = np.array([state[2]["covariance"] for state in stable])
    assert len(stable) > 100
    assert distance(lyapunov(drift, diffusion, solver=solver), expected) < 1e-11


@every_solver
def test_leading_dimensions_are_a_batch(solver):
    drift, diffusion = map(
        np.array, zip(*(random_stable(3, seed) for seed in range(6)), strict=True)
    )
    drift, diffusion = drift.reshape(2, 3, 3, 3), diffusion.reshape(2, 3, 3, 3)[1]
    batched = lyapunov(drift, diffusion, solver=solver)
    assert batched.shape == (2, 3, 3, 3)
    for i, j in np.ndindex(2, 3):
        one = lyapunov(drift[i, j], diffusion[j], solver=solver)
        assert distance(batched[i, j], one) < 1e-14


@every_solver
def test_vmap_jit_and_eager_agree(solver):
    drift, diffusion = map(
        jnp.array, zip(*(random_stable(3, seed) for seed in range(4)), strict=True)
    )

    def solve(drift, diffusion):
        return lyapunov(drift, diffusion, solver=solver)

    batched = solve(drift, diffusion)
    assert distance(jax.jit(solve)(drift, diffusion), batched) < 1e-14
    mapped = jax.vmap(solve, in_axes=(0, None))(drift, diffusion[0])
    expected = solve(drift, jnp.broadcast_to(diffusion[0], diffusion.shape))
    assert distance(mapped, expected) < 1e-14


@every_solver
def test_large_batches_under_jit(solver):
    """Some versions of XLA return wrong numbers under jit from 16384 points on."""
    rate = jnp.linspace(1.0, 2.0, 20_000)[:, None, None]
    drift, diffusion = -rate * jnp.eye(2)[None], jnp.array([[2.0, 1.0], [1.0, 4.0]])
    covariance = jax.jit(lambda a, d: lyapunov(a, d, solver=solver))(drift, diffusion)
    assert distance(covariance, np.asarray(diffusion) / np.asarray(2 * rate)) < 1e-14


def test_only_the_symmetric_part_of_the_diffusion_counts():
    drift, diffusion = random_stable(3)
    twist = np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, 2.0], [0.0, -2.0, 0.0]])
    assert distance(lyapunov(drift, diffusion + twist), lyapunov(drift, diffusion)) < 1e-14


@every_solver
def test_unstable_systems_have_an_algebraic_solution(solver):
    drift, diffusion = random_stable(4, abscissa=0.3)
    covariance = lyapunov(drift, diffusion, solver=solver)
    assert distance(covariance, scipy.linalg.solve_continuous_lyapunov(drift, -diffusion)) < 1e-12


@every_solver
def test_nan_stays_in_its_batch_entry(solver):
    drift, diffusion = random_stable(3)
    pair = np.stack([drift, np.full_like(drift, np.nan)])
    covariance = lyapunov(pair, diffusion, solver=solver)
    assert np.isfinite(covariance[0]).all()
    assert np.isnan(covariance[1]).all()


POINT = jnp.array([0.1, -0.2, 0.3])


def parametrised(parameters, solver, n=4):
    drift, diffusion = map(jnp.array, random_stable(n))
    slopes = jnp.array(np.random.default_rng(1).normal(size=(2, 3, n * n)))
    by_drift, by_diffusion = 0.2 * jnp.sin(parameters) @ slopes
    return lyapunov(
        drift + by_drift.reshape(n, n), diffusion + by_diffusion.reshape(n, n), solver=solver
    )


def entries(parameters, solver):
    covariance = parametrised(parameters, solver)
    return covariance[0, 1] + 2.0 * covariance[2, 2]


@pytest.fixture(scope="module")
def expected():
    """Hessian of a sum of two entries by the default solver."""
    hessian = jax.jit(jax.hessian(lambda x: entries(x, Kronecker())))(POINT)
    assert np.abs(hessian).max() > 0.01
    assert distance(hessian, hessian.T) < 1e-12
    return hessian


class TestDerivatives:
    """Derivatives by three parameters that affect every entry of both matrices."""

    @every_solver
    def test_forward_and_reverse_agree_entry_by_entry(self, solver):
        """To rounding, also for a single V_ij, whose cotangent is not symmetric."""
        drift, diffusion = map(jnp.array, random_stable(3))

        def solve(drift, diffusion):
            return lyapunov(drift, diffusion, solver=solver)

        forward = jax.jit(jax.jacfwd(solve, argnums=(0, 1)))(drift, diffusion)
        reverse = jax.jit(jax.jacrev(solve, argnums=(0, 1)))(drift, diffusion)
        for f, r in zip(forward, reverse, strict=True):
            np.testing.assert_allclose(f, r, rtol=0, atol=1e-13 * np.abs(f).max())

    @every_solver
    def test_against_central_differences(self, solver):
        """Richardson extrapolation: truncation h^4 and rounding 1e-16 / h are both about 1e-12."""
        solve = jax.jit(lambda x: parametrised(x, solver))
        direction, h = jnp.array([0.6, -0.5, 0.4]), 1e-3

        def difference(f, h):
            return (f(POINT + h * direction) - f(POINT - h * direction)) / (2 * h)

        def tangent(x):
            return jax.jvp(solve, (x,), (direction,))[1]

        for f in solve, tangent:
            expected = (4 * difference(f, h / 2) - difference(f, h)) / 3
            actual = jax.jvp(f, (POINT,), (direction,))[1]
            assert distance(actual, expected) < 1e-9

    @pytest.mark.parametrize("solver", [BartelsStewart(), Hurwitz()])
    def test_hessians_agree(self, solver, expected):
        hessian = jax.jit(jax.hessian(lambda x: entries(x, solver)))(POINT)
        assert distance(hessian, expected) < 1e-12

    @pytest.mark.parametrize("outer", [jax.jacfwd, jax.jacrev])
    @pytest.mark.parametrize("inner", [jax.jacfwd, jax.jacrev])
    def test_hessians_in_every_mode(self, outer, inner, expected):
        """With a solver that is not differentiable itself."""
        hessian = jax.jit(outer(inner(lambda x: entries(x, BartelsStewart()))))(POINT)
        assert distance(hessian, expected) < 1e-12

    def test_gradients_of_a_batch(self):
        gradient = jax.jit(jax.grad(lambda x: entries(x, BartelsStewart())))
        points = jnp.stack([POINT, 2.0 * POINT])
        batched = jax.vmap(gradient)(points)
        for one, point in zip(batched, points, strict=True):
            np.testing.assert_allclose(one, gradient(point), rtol=1e-12)


class TestHurwitz:
    def test_rejects_large_matrices(self):
        message = r"n <= 10 for the solver `Hurwitz`.*has n = 11: use `Kronecker`"
        with pytest.raises(ValueError, match=message):
            lyapunov(*random_stable(11), solver=Hurwitz())

    def test_rejects_inaccurate_solutions(self):
        """With rates over six decades it has no correct digit, unlike the other solvers."""
        rng = np.random.default_rng(0)
        basis = np.linalg.qr(rng.normal(size=(9, 9)))[0]
        drift = -basis @ np.diag(np.logspace(-6, 0, 9)) @ basis.T
        expected = lyapunov(drift, -2 * drift)
        assert distance(expected, np.eye(9)) < 1e-9
        assert np.isnan(lyapunov(drift, -2 * drift, solver=Hurwitz())).all()


class TestArguments:
    @pytest.mark.parametrize(
        ("drift", "diffusion", "message"),
        [
            ((3, 4), (3, 3), r"`drift` must have shape \(..., n, n\), but has shape \(3, 4\)"),
            ((3,), (3, 3), r"`drift` must have shape \(..., n, n\), but has shape \(3,\)"),
            ((6, 6), (3, 3), r"`diffusion` must have shape \(..., 6, 6\), but has shape \(3, 3\)"),
            ((6, 6), (6,), r"`diffusion` must have shape \(..., 6, 6\), but has shape \(6,\)"),
            ((5, 2, 2), (4, 2, 2), r"broadcast against those of `drift`, \(5,\), but has .*\(4, 2"),
        ],
    )
    def test_shapes(self, drift, diffusion, message):
        with pytest.raises(ValueError, match=message):
            lyapunov(np.ones(drift), np.ones(diffusion))

    def test_complex_numbers_are_rejected(self):
        with pytest.raises(ValueError, match="`drift` must be real, but has dtype complex128"):
            lyapunov(1j * np.eye(2), np.eye(2))

    @pytest.mark.parametrize("dtype", [int, np.float32])
    def test_other_types_become_double_precision(self, dtype):
        covariance = lyapunov(-np.eye(2, dtype=dtype), np.eye(2, dtype=dtype))
        assert covariance.dtype == np.float64
        np.testing.assert_array_equal(covariance, 0.5 * np.eye(2))

    def test_32_bits_are_rejected(self):
        message = r'`jaxcom.lyapunov` computes in 64 bits.*update\("jax_enable_x64", True\)'
        with jax.enable_x64(False), pytest.raises(RuntimeError, match=message):
            lyapunov(np.eye(2), np.eye(2))

    def test_the_base_class_is_abstract(self):
        with pytest.raises(TypeError, match="abstract"):
            AbstractLyapunovSolver()
