"""Properties of the fast path: strongest branch, single precision, number of kernels."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxcom as jc
from jaxcom.xla.elementary import log, newton_reciprocal, reciprocal, root_or_zero


def random_designs(n, power=(1e-3, 20e-3), seed=0):
    draw = np.random.default_rng(seed).random((4, n))
    return jc.SpinningResonator(
        detuning=(-1 + 5 * draw[0]) * 63e6,
        spin=30e3 * draw[1],
        backscattering=76e6 * draw[2],
        power=power[0] + (power[1] - power[0]) * draw[3],
    )


def every_branch(r, **options):
    return jax.vmap(lambda k: jc.entanglement(r, jc.LEFT, branch=k, **options))(jnp.arange(5))


@pytest.fixture(scope="module")
def bistable():
    """Strongly driven designs with up to five mean fields; a fifth has no spin and no J."""
    r = random_designs(4000, power=(0.05, 2.0), seed=1)
    still = jnp.arange(4000) % 5 == 0
    return r.replace(
        spin=jnp.where(still, 0.0, r.spin), backscattering=jnp.where(still, 0.0, r.backscattering)
    )


@pytest.fixture(scope="module")
def every(bistable):
    """Unclipped E_N of every branch of these designs."""
    return np.asarray(every_branch(bistable, unclipped=True))


class TestStrongestBranch:
    def test_is_the_largest_of_the_stable_ones(self, bistable, every):
        stable = np.isfinite(every).sum(axis=0)
        assert {0, 1, 2} <= set(stable.tolist())
        largest = np.where(stable > 0, np.nanmax(np.where(stable > 0, every, 0.0), axis=0), np.nan)
        strongest = jc.strongest_entanglement(bistable, jc.LEFT, unclipped=True)
        np.testing.assert_allclose(strongest, largest, rtol=1e-9, atol=1e-9)

    def test_its_derivatives_are_those_of_its_branch(self, bistable, every):
        several = np.flatnonzero(np.isfinite(every).sum(axis=0) == 2)[:3]
        best = jnp.asarray(np.nanargmax(every[:, several], axis=0))
        r = jax.tree.map(lambda x: jnp.broadcast_to(x, 4000)[several], bistable)

        def slopes(function):
            return jax.jit(jax.vmap(jax.grad(function)))(r, best)

        mine = slopes(lambda r, k: jc.strongest_entanglement(r, jc.LEFT))
        theirs = slopes(lambda r, k: jc.entanglement(r, jc.LEFT, branch=k))
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-6), mine, theirs)

    def test_nan_for_invalid_input(self):
        power = jnp.array([20e-3, -1.0, jnp.nan])
        values = jax.jit(
            lambda p: jc.strongest_entanglement(jc.SpinningResonator(power=p), jc.LEFT)
        )(power)
        assert np.isfinite(values[0])
        assert np.isnan(values[1:]).all()


@pytest.fixture(scope="module")
def precisions():
    """E_N in double and single precision, and the margin of stability in units of omega_m."""
    r = random_designs(100_000)
    double, single = (
        np.asarray(jc.entanglement(r, jc.LEFT, dtype=t)) for t in (jnp.float64, jnp.float32)
    )
    drift = np.asarray(jc.drift(r, jc.mean_field(r, jc.LEFT))) / 63e6
    return double, single, -np.linalg.eigvals(drift).real.max(axis=-1)


class TestSinglePrecision:
    """Error bounds stated in the docstring of `entanglement`, by margin of stability."""

    def test_type(self, precisions):
        assert precisions[1].dtype == np.float32

    def test_stability_agrees_away_from_the_threshold(self, precisions):
        double, single, margin = precisions
        clear = np.abs(margin) > 1e-6
        np.testing.assert_array_equal(np.isnan(double)[clear], np.isnan(single)[clear])

    @pytest.mark.parametrize(("margin", "bound"), [(1e-3, 1e-5), (1e-5, 1e-4)])
    def test_error(self, precisions, margin, bound):
        error = np.abs(precisions[0] - precisions[1])[precisions[2] > margin]
        assert error.size > 10_000
        assert np.nanmax(error) < bound

    def test_other_types_are_rejected(self):
        with pytest.raises(ValueError, match=r"`dtype` must be float64 or float32"):
            jc.entanglement(jc.SpinningResonator(), jc.LEFT, dtype=jnp.float16)


class TestArithmetic:
    numbers = np.random.default_rng(2).uniform(1, 10, 1000) * 10.0 ** np.linspace(-30, 30, 1000)

    @pytest.mark.parametrize("inverse", [reciprocal, newton_reciprocal])
    @pytest.mark.parametrize(("dtype", "ulps"), [(jnp.float64, 5e-16), (jnp.float32, 3e-7)])
    def test_reciprocals(self, inverse, dtype, ulps):
        for x in (self.numbers, -self.numbers):
            single = np.asarray(x, dtype)
            found = np.asarray(inverse(jnp.asarray(single)), float)
            np.testing.assert_allclose(found * single.astype(float), 1.0, rtol=ulps)

    def test_root_and_its_derivative(self):
        root, slope = jax.vmap(jax.value_and_grad(root_or_zero), (0, None))(
            jnp.asarray(self.numbers), 0.0
        )
        np.testing.assert_allclose(root, np.sqrt(self.numbers), rtol=1e-15)
        np.testing.assert_allclose(slope, 0.5 / np.sqrt(self.numbers), rtol=1e-15)

    @pytest.mark.parametrize(("dtype", "ulps"), [(jnp.float64, 5e-16), (jnp.float32, 3e-7)])
    def test_logarithm(self, dtype, ulps):
        x = np.concatenate([self.numbers, np.linspace(0.5, 2, 1001)])
        exact = np.log(np.asarray(x, dtype).astype(float))
        error = np.abs(np.asarray(log(jnp.asarray(x, dtype)), float) - exact) / np.maximum(
            1, np.abs(exact)
        )
        assert error.max() < ulps

    def test_logarithm_outside_its_domain(self):
        assert np.isnan(log(jnp.array([0.0, -1.0, jnp.nan]))).all()

    def test_derivative_of_the_logarithm(self):
        assert jax.grad(log)(jnp.array(4.0)) == 0.25


class TestKernels:
    """Kernels that XLA compiles for a batch on CPUs, which the speed depends on."""

    @staticmethod
    def arrays_written(function):
        """Number of kernels that write an array of the size of the batch."""
        r = random_designs(4096)
        compiled = jax.jit(function).lower(r).compile().as_text()
        entry = compiled[compiled.index("ENTRY") :]
        return sum(" fusion(" in line and "[4096" in line for line in entry.splitlines())

    def test_a_value_is_few_kernels(self):
        """Two of them long, for mean field and value; the others are what a correction reads."""
        assert self.arrays_written(lambda r: jc.entanglement(r, jc.LEFT)) == 5

    def test_every_branch_is_few_kernels(self):
        branch = jnp.ones((), int)
        assert self.arrays_written(lambda r: jc.entanglement(r, jc.LEFT, branch=branch)) == 5

    def test_a_gradient_is_few_kernels(self):
        def gradient(r):
            return jax.vjp(lambda r: jc.entanglement(r, jc.LEFT), r)[1](jnp.ones(4096))

        assert self.arrays_written(gradient) <= 60
