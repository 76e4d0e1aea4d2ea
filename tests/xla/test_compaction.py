"""Work that only a part of a batch needs."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxcom as jc
from jaxcom.xla.compaction import PARTS, as_one_batch, update_where


def expensive(x):
    """What is needed in some places."""
    return {"square": x["a"] * x["a"], "sum": x["a"] + x["b"]}


def updated(needed, a, b):
    return update_where(needed, expensive, {"a": a, "b": b}, {"square": -a, "sum": -b})


@pytest.mark.parametrize("n", [1, 5, PARTS, PARTS + 1, 1000])
@pytest.mark.parametrize("share", [0.0, 0.03, 0.5, 1.0])
def test_what_is_needed_is_computed_and_the_rest_is_left(n, share):
    rng = np.random.default_rng(n)
    needed, a, b = rng.random(n) < share, rng.random(n), rng.random(n)
    found = jax.jit(updated)(needed, a, b)
    np.testing.assert_array_equal(found["square"], np.where(needed, a * a, -a))
    np.testing.assert_array_equal(found["sum"], np.where(needed, a + b, -b))


@pytest.mark.parametrize("shape", [(), (0,), (3, 4), (2, 0, 3)])
def test_any_shape(shape):
    a = np.random.default_rng(0).random(shape)
    found = jax.jit(updated)(a > 0.5, a, 2 * a)
    np.testing.assert_array_equal(found["sum"], np.where(a > 0.5, 3 * a, -2 * a))


def test_no_more_parts_than_needed():
    """A part of the batch at a time, and none where there is no need."""
    calls = []

    def counted(x):
        jax.debug.callback(lambda: calls.append(x.shape))
        return x

    n = 10 * PARTS
    for needed, expected in ((0, 0), (1, 1), (10, 1), (11, 2), (n, PARTS)):
        calls.clear()
        x = jnp.arange(n)
        jax.block_until_ready(update_where(x < needed, counted, x, x))
        jax.effects_barrier()
        assert calls == [(10, 1)] * expected


def test_neighbors_are_computed_together():
    calls = []

    def counted(x):
        jax.debug.callback(lambda: calls.append(x.shape))
        return -x

    x = jnp.arange(7 * PARTS + 3)
    updated = jax.block_until_ready(update_where(x == 9, counted, x, x, together=8))
    jax.effects_barrier()
    assert calls == [(1, 8)]
    np.testing.assert_array_equal(updated, jnp.where(x == 9, -x, x))


@as_one_batch
def halves(x):
    """Elementwise, by a way that needs the batch."""
    return update_where(x["a"] > 0.5, lambda x: x["a"] * x["b"], x, x["b"])


def test_under_vmap_it_is_the_same():
    a, b = jnp.asarray(np.random.default_rng(1).random((2, 6, 5)))
    expected = halves({"a": a, "b": b})
    np.testing.assert_array_equal(jax.vmap(halves)({"a": a, "b": b}), expected)
    np.testing.assert_array_equal(jax.vmap(jax.vmap(halves))({"a": a, "b": b}), expected)
    both = jax.vmap(jax.vmap(halves, in_axes=({"a": 0, "b": None},)), in_axes=({"a": 0, "b": 0},))
    np.testing.assert_array_equal(
        both({"a": a, "b": b[:, 0]}), halves({"a": a, "b": jnp.broadcast_to(b[:, :1], a.shape)})
    )


class TestStrongestEntanglement:
    """The use of it: by every way that JAX calls a function, the same."""

    power = jnp.linspace(1e-3, 2.0, 7)

    @staticmethod
    def strongest(power, detuning=1.8 * 63e6):
        r = jc.SpinningResonator(power=power, detuning=detuning, spin=0.0)
        return jc.strongest_entanglement(r, jc.LEFT, unclipped=True)

    def test_values(self):
        grid = jax.vmap(jax.vmap(self.strongest, (0, None)), (None, 0))
        found = grid(self.power, jnp.array([1.0, 1.8]) * 63e6)
        assert np.isfinite(found).any()
        np.testing.assert_allclose(found[1], self.strongest(self.power), rtol=1e-13)

    def test_slopes(self):
        forward = jax.vmap(jax.jacfwd(self.strongest))(self.power)
        reverse = jax.vmap(jax.grad(self.strongest))(self.power)
        np.testing.assert_allclose(forward, reverse, rtol=1e-9)

    @pytest.mark.slow
    def test_second_derivatives(self):
        """By central differences of slopes, whose error is the square of the step."""
        step, slope = 1e-6, jax.jit(jax.vmap(jax.grad(self.strongest)))
        up, down = (slope(self.power * (1 + s)) for s in (step, -step))
        found = jax.vmap(jax.hessian(self.strongest))(self.power)
        expected = (up - down) / (2 * step * self.power)
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
