"""Equal results under jit, vmap, in chunks and for single points, and no recompilation."""

import functools
import os
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxcom as jc

N, CHUNK = 20_000, 2_500


def designs(n=N):
    """Random spin, power, detuning and backscattering: (4, n)."""
    rng = np.random.default_rng(5)
    return np.stack(
        [
            rng.uniform(-30e3, 30e3, n),
            10 ** rng.uniform(-3, -1, n),
            63e6 * rng.uniform(0, 4, n),
            rng.uniform(0, 60e6, n),
        ]
    )


def resonator(controls):
    names = ("spin", "power", "detuning", "backscattering")
    return jc.SpinningResonator(**dict(zip(names, controls, strict=True)))


FUNCTIONS = {
    "entanglement": lambda x: {"value": jc.entanglement(resonator(x), jc.LEFT)},
    "mean_field": lambda x: {
        "q_s": jc.mean_field(resonator(x), jc.LEFT).q_s[0],
        "alpha": jc.mean_field(resonator(x), jc.LEFT).alpha[0],
    },
    "steady_state": lambda x: {
        "V": (s := jc.steady_state(resonator(x), jc.LEFT)).covariance[..., 0, 0],
        "E_N": s.log_negativity,
        "status": s.status,
    },
}


def agree(first, second, select=slice(None)):
    """Assert equality to the rounding of reordered operations, amplified by up to 1e5."""
    for name in first:
        a, b = np.asarray(first[name])[select], np.asarray(second[name])
        np.testing.assert_array_equal(np.isnan(a), np.isnan(b))
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_large_batches(name):
    """Batches against chunks and against single points.

    Beyond 16384 points jax 0.10.2 returned wrong numbers under jit (jax-ml/jax#39103).
    """
    function, x = FUNCTIONS[name], designs()
    whole = jax.jit(function)(jnp.asarray(x))
    chunk = jax.jit(function)
    parts = [chunk(jnp.asarray(x[:, i : i + CHUNK])) for i in range(0, N, CHUNK)]
    agree(whole, {k: np.concatenate([part[k] for part in parts]) for k in parts[0]})
    some = np.array([0, 1, N // 2, 16_383, 16_384, N - 1])
    single = [function(x[:, i]) for i in some]  # scalar, without an outer jit
    agree(whole, {k: np.stack([one[k] for one in single]) for k in single[0]}, some)


@pytest.mark.slow
@pytest.mark.parametrize("name", FUNCTIONS)
def test_vmap_is_broadcasting(name):
    function, x = FUNCTIONS[name], jnp.asarray(designs(CHUNK))
    agree(jax.jit(jax.vmap(function, in_axes=1))(x), jax.jit(function)(x))


SHARDED = """
import sys
import jax
jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec
import jaxcom as jc

spin, power, detuning, backscattering = np.load(sys.argv[1])
mesh = Mesh(np.array(jax.devices()), ("designs",))
place = NamedSharding(mesh, PartitionSpec("designs"))
r = jc.SpinningResonator(
    spin=spin, power=power, detuning=detuning, backscattering=backscattering
)
r = jax.tree.map(lambda x: jax.device_put(x, place) if np.ndim(x) else x, r)
value = jax.jit(lambda r: jc.entanglement(r, jc.LEFT))(r)
assert len(value.sharding.device_set) == 2, value.sharding
np.save(sys.argv[1], value)
"""


def test_a_batch_may_be_spread_over_devices(tmp_path):
    """The result is spread likewise, and equal to that on one device."""
    x, path = designs(64), tmp_path / "designs.npy"
    np.save(path, x)
    flags = {"XLA_FLAGS": "--xla_force_host_platform_device_count=2"}
    subprocess.run([sys.executable, "-c", SHARDED, path], env=os.environ | flags, check=True)
    agree({"value": np.load(path)}, FUNCTIONS["entanglement"](jnp.asarray(x)))


def test_directions_and_branches_may_be_arrays():
    """Arrays of directions and branches give the results of their entries."""
    x = resonator(designs(6))
    sides, which = jnp.array([1, -1, 1, -1, 1, -1]), jnp.array([0, 0, 1, 1, 2, 2])
    together = jc.entanglement(x, sides, branch=which)
    for k in range(6):
        one = jc.entanglement(resonator(designs(6)[:, k]), int(sides[k]), branch=int(which[k]))
        np.testing.assert_allclose(together[k], one, rtol=0, atol=1e-9)


def test_new_values_compile_nothing():
    """Values, directions and branches are traced, so the body runs once in Python."""
    traces = []

    @jax.jit
    def count(r, side, branch):
        traces.append(1)
        return jc.entanglement(r, side, branch=branch)

    compiled = []
    jax.monitoring.register_event_duration_secs_listener(
        lambda event, _, **__: compiled.append(event) if "backend_compile" in event else None
    )
    try:
        for spin, side, branch in [(8e3, jc.LEFT, 0), (9e3, jc.RIGHT, 1), (-3.0, jc.LEFT, 4)]:
            count(jc.SpinningResonator(spin=spin), side, branch)
            jc.entanglement(jc.SpinningResonator(spin=spin), side, branch=branch)
            if spin == 8e3:
                assert compiled
                compiled.clear()
    finally:
        jax.monitoring.clear_event_listeners()
    assert len(traces) == 1
    assert not compiled


@functools.cache
def errors_in_32_bits() -> dict[str, str]:
    """Error of each call in a fresh process with JAX's defaults."""
    program = (
        "import jaxcom as jc\n"
        "r = jc.SpinningResonator()\n"
        f"for name in {list(FUNCTIONS)!r}:\n"
        "    try: getattr(jc, name)(r, jc.LEFT)\n"
        "    except RuntimeError as error: print(name, error, sep=': ')"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return dict(line.split(": ", 1) for line in run.stdout.splitlines())


@pytest.mark.parametrize("name", FUNCTIONS)
def test_32_bits_are_rejected_by_default(name):
    """The message gives the line to add."""
    assert errors_in_32_bits()[name] == (
        f"`jaxcom.{name}` computes in 64 bits, but JAX is set to 32: "
        'add `import jax; jax.config.update("jax_enable_x64", True)` as the first line of the '
        "program."
    )


class TestSinglePrecisionInput:
    """What is traced in 32 or 16 bits is computed in 64 from the first operation on."""

    @pytest.mark.parametrize("dtype", [jnp.float16, jnp.float32])
    def test_a_traced_field_is_the_same_as_a_known_one(self, dtype):
        spin = dtype(2e4)

        def value(spin):
            device = jc.SpinningResonator(spin=spin, detuning=18.9e6)
            return jc.entanglement(device, jc.LEFT, unclipped=True)

        expected = float(value(float(spin)))
        assert float(jax.jit(value)(spin)) == pytest.approx(expected, rel=1e-14)

    def test_second_derivatives(self):
        def value(power, dtype):
            device = jc.SpinningResonator(power=power, detuning=18.9e6)
            return jc.entanglement(device, jc.LEFT, dtype=dtype)

        expected = float(jax.hessian(value)(0.02, jnp.float64))
        for power, dtype in ((jnp.float32(0.02), jnp.float64), (0.02, jnp.float32)):
            assert float(jax.hessian(value)(power, dtype)) == pytest.approx(expected, rel=1e-4)
