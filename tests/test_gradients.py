"""Derivatives of the entanglement with respect to every field, against finite differences."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxcom as jc
from jaxcom.resonator import PARAMETERS

NAMES = tuple(PARAMETERS)
CONTROLS = tuple(NAMES.index(name) for name in ("spin", "power", "detuning", "backscattering"))
NATURAL = {"dispersion": 0.5, "spin": 8e3, "backscattering": 38e6}  # scales of fields that are 0

TABLE_I = jc.SpinningResonator()
DESIGNS = {
    "generic": TABLE_I.replace(spin=6e3, detuning=55e6, backscattering=20e6, dispersion=0.01),
    "ideal": TABLE_I.replace(detuning=60e6),
    "hot": TABLE_I.replace(detuning=70e6, temperature=2.0, backscattering=10e6),
    "at rest": TABLE_I.replace(spin=0.0, detuning=60e6),
    "near threshold": TABLE_I.replace(detuning=0.42655 * 63e6, spin=0.0),
}
ENTANGLED = ["generic", "ideal", "at rest"]
SCALES = np.array([[abs(getattr(d, n)) or NATURAL[n] for n in NAMES] for d in DESIGNS.values()])
ORIGINS = np.array([[float(getattr(d, n)) for n in NAMES] for d in DESIGNS.values()])
AT_REST = np.zeros(len(NAMES))


def resonator(steps, origin, scale):
    """Design with fields changed by `steps` in units of their scales."""
    values = [origin[i] + steps[i] * scale[i] for i in range(len(NAMES))]
    return jc.SpinningResonator(**dict(zip(NAMES, values, strict=True)))


def functions(steps, origin, scale):
    """Unclipped E_N, E_N and Delta E_N."""
    r = resonator(steps, origin, scale)
    left = jc.entanglement(r, jc.LEFT, unclipped=True)
    return jnp.stack([left, jc.entanglement(r, jc.LEFT), jc.nonreciprocity(r)])


over_designs = functools.partial(jax.vmap, in_axes=(0, 0, 0))
STEPS = jnp.zeros((len(DESIGNS), len(NAMES)))


@functools.cache
def values(h):
    """Functions at designs with one field moved by +-h or +-2 h: (4 moves, 13 fields, 5, 3)."""
    moves = np.stack([s * h * np.eye(len(NAMES)) for s in (1, -1, 2, -2)]).reshape(-1, 1, 13)
    every = np.broadcast_to(moves, (len(moves), len(DESIGNS), len(NAMES))).reshape(-1, 13)
    origins, scales = (np.tile(x, (len(moves), 1)) for x in (ORIGINS, SCALES))
    fields = (every * scales + origins).T
    fields[-1] = np.abs(fields[-1])  # E_N is even in J, which continues it to negative J
    r = jax.tree.unflatten(jax.tree.structure(TABLE_I), list(map(jnp.asarray, fields)))
    left = jc.entanglement(r, jc.LEFT, unclipped=True)
    numbers = np.stack([left, np.maximum(left, 0), jc.nonreciprocity(r)], axis=-1)
    return numbers.reshape(4, len(NAMES), len(DESIGNS), 3)


@functools.cache
def jacobian(mode):
    """Jacobian of shape (designs, functions, fields)."""
    return np.asarray(jax.jit(over_designs(mode(functions)))(STEPS, ORIGINS, SCALES))


def largest(x):
    return np.abs(x).max(axis=-1, keepdims=True)


def test_designs_have_the_properties_of_their_names():
    r = jax.tree.unflatten(jax.tree.structure(TABLE_I), list(map(jnp.asarray, ORIGINS.T)))
    state = jax.jit(lambda: jc.steady_state(r, jc.LEFT))()
    margin = dict(zip(DESIGNS, np.asarray(state.margin) / 63e6, strict=True))
    assert 0 < margin["near threshold"] < 2e-3
    assert min(margin.values()) == margin["near threshold"]
    entangled = np.asarray(state.log_negativity) > 0
    assert [n for n, e in zip(DESIGNS, entangled, strict=True) if e] == ENTANGLED


def test_gradients_against_differences():
    """Derivatives by all 13 fields, each in units of its value.

    Richardson extrapolation: truncation h^4 f^(5)/30 and rounding 1e-13/h (of E_N near the
    threshold) are at most 1e-8 of the largest derivative; the tolerance is 1e-6.
    """
    h = 2.0**-14
    v = values(h)
    expected = np.moveaxis((8 * (v[0] - v[1]) - (v[2] - v[3])) / (12 * h), 0, -1)
    actual = jacobian(jax.jacfwd)
    assert np.isfinite(actual[..., :2, :]).all()
    np.testing.assert_array_equal(np.isnan(actual), np.isnan(expected))
    size = np.nanmax(np.abs(expected), axis=-1, keepdims=True, initial=1e-3)
    assert np.nanmax(np.abs(actual - expected) / size) < 1e-6


def test_both_directions_are_stable_at_most_designs():
    """Otherwise Delta E_N would not have been compared."""
    assert np.sum(np.isfinite(jacobian(jax.jacfwd)[:, 2]).all(axis=-1)) >= 3


def test_clipped_and_unclipped_differ_only_below_zero():
    slope = jacobian(jax.jacfwd)
    entangled = np.array([name in ENTANGLED for name in DESIGNS])
    np.testing.assert_array_equal(slope[entangled, 0], slope[entangled, 1])
    assert np.all(slope[~entangled, 1] == 0)
    assert np.all(largest(slope[~entangled, 0]) > 0.01)


@pytest.mark.slow
def test_forward_is_reverse():
    """To the rounding of sums in another order."""
    forward, reverse = jacobian(jax.jacfwd), jacobian(jax.jacrev)
    np.testing.assert_array_equal(np.isnan(forward), np.isnan(reverse))
    size = np.nanmax(np.abs(forward), axis=-1, keepdims=True, initial=1e-3)
    assert np.nanmax(np.abs(forward - reverse) / size) < 1e-10


def unclipped(controls, origin, scale):
    steps = jnp.zeros(len(NAMES)).at[jnp.array(CONTROLS)].set(controls)
    r = resonator(steps, origin, scale)
    r = r.replace(backscattering=jnp.where(r.backscattering < 0, -1.0, 1.0) * r.backscattering)
    return jc.entanglement(r, jc.LEFT, unclipped=True)


@pytest.mark.slow
def test_hessians():
    """Hessians by the four controls, also at J = 0 and Omega = 0 (no kink from |split| or J^2).

    They are compared with differences of gradients, as above, and symmetric to rounding: forward
    over reverse computes both halves independently.
    """
    at = jnp.zeros((len(DESIGNS), 4))
    hessian = np.asarray(jax.jit(over_designs(jax.hessian(unclipped)))(at, ORIGINS, SCALES))
    size = np.abs(hessian).max(axis=(-2, -1), keepdims=True)
    assert np.isfinite(hessian).all()
    assert np.max(np.abs(hessian - hessian.mT) / size) < 1e-9

    h = 2.0**-14
    gradient = jax.jit(jax.vmap(over_designs(jax.grad(unclipped)), in_axes=(0, None, None)))
    moves = jnp.concatenate([s * h * jnp.eye(4) for s in (1, -1, 2, -2)])
    moves = jnp.broadcast_to(moves[:, None], (16, len(DESIGNS), 4))
    g = np.asarray(gradient(moves, ORIGINS, SCALES)).reshape(4, 4, len(DESIGNS), 4)
    expected = np.moveaxis((8 * (g[0] - g[1]) - (g[2] - g[3])) / (12 * h), 0, 1)
    assert np.max(np.abs(hessian - expected) / size) < 1e-6


class TestWithoutLight:
    """Derivative of E_N by P at P = 0, where it depends on the thermal phonons of the mirror."""

    design = TABLE_I.replace(spin=0.0, detuning=63e6, power=0.0)

    def test_of_a_thermal_mirror(self):
        """E_N = slope P + O(P^2): at 1e-40 W the quotient is the slope to all digits.

        nu_- of vacuum and mirror differ by the phonons n, of which rounding leaves 1e-16 / n.
        """
        truth = pytest.importorskip("references.ball_arithmetic")
        temperatures = jnp.array([2e-5, 5e-5, 1e-3, 0.13])
        slopes = jax.vmap(
            jax.grad(
                lambda power, temperature: jc.entanglement(
                    self.design.replace(power=power, temperature=temperature),
                    jc.LEFT,
                    unclipped=True,
                )
            )
        )(jnp.zeros(4), temperatures)
        for temperature, slope in zip(temperatures.tolist(), slopes, strict=True):
            fields = {name: float(getattr(self.design, name)) for name in NAMES}
            weak = fields | {"power": 1e-40, "temperature": temperature}
            state = truth.steady_state(weak, 1)
            assert state.log_negativity is not None
            phonons = float(self.design.replace(temperature=temperature).thermal_phonons)
            assert abs(slope / float(state.log_negativity / 1e-40) - 1) < 1e-10 + 2e-15 / phonons

    @pytest.mark.parametrize("unclipped", [True, False])
    @pytest.mark.parametrize("derivative", [jax.jacfwd, jax.jacrev])
    @pytest.mark.parametrize("temperature", [0.0, 1e-5])
    def test_of_a_mirror_in_its_ground_state(self, derivative, unclipped, temperature):
        """E_N rises as sqrt(P): there is no derivative."""

        def value(power):
            r = self.design.replace(power=power, temperature=temperature)
            return jc.entanglement(r, jc.LEFT, unclipped=unclipped)

        assert abs(value(0.0)) < 1e-15
        assert np.isnan(derivative(value)(0.0))
        assert abs(jax.value_and_grad(value)(0.0)[0]) < 1e-15
        assert value(1e-12) > 1e-6
