"""Every solution of the mean-field equation, Eq. (7), and its derivatives."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxcom as jc
from jaxcom.resonator import PARAMETERS

BISTABLE = jc.SpinningResonator(power=0.1, spin=3e3, detuning=100e6, backscattering=12e6)
NAMES = tuple(PARAMETERS)


def random_resonators(n=2000, seed=0):
    """Devices around Table I, strong drives among them: 1, 3 and 5 branches."""
    rng = np.random.default_rng(seed)
    return jc.SpinningResonator(
        radius=1.1e-3 * rng.uniform(0.5, 2, n),
        mass=1e-11 * rng.uniform(0.5, 2, n),
        optical_quality=3.2e7 * 10 ** rng.uniform(-1, 1.3, n),
        temperature=rng.choice([0, 0.13, 1], n),
        spin=rng.uniform(-30e3, 30e3, n) * rng.choice([0, 0.2, 1], n),
        power=10 ** rng.uniform(-4, -0.5, n),
        detuning=63e6 * rng.uniform(-1, 5, n),
        backscattering=rng.choice([0, 1e-6, 1, 30], n) * 1e6 * rng.uniform(0, 3, n),
    )


@functools.cache
def fields():
    """Of the random resonators from both sides: (5, 2, n)."""
    row = jax.tree.map(lambda x: x[None] if np.ndim(x) else x, random_resonators())
    return jc.mean_field(row, jnp.array([[jc.LEFT], [jc.RIGHT]]))


def test_every_number_of_branches_occurs():
    count = np.asarray(fields().count).ravel()
    assert set(count) == {1, 3, 5}


def test_count_and_padding():
    m = fields()
    exists = np.arange(5)[:, None, None] < np.asarray(m.count)
    for values in (m.q_s, m.alpha, m.detuning):
        values = np.asarray(values).reshape(5, *exists.shape[1:], -1)
        missing = np.broadcast_to(~exists[..., None], values.shape)
        np.testing.assert_array_equal(np.isnan(values), missing)
    order = np.diff(m.q_s, axis=0)
    assert np.all((order > 0) | np.isnan(order))


def test_original_equation():
    """Eq. (7) as the paper prints it, in complex arithmetic that shares nothing with the solver.

    Next to a narrow resonance a rounding of D, 1e-16 (Delta + G_0 q_s), moves the amplitude by
    that over kappa: residuals are measured in this unit, and a dozen of roundings are allowed.
    """
    r, m = random_resonators(), fields()
    sigma = np.array([1.0, -1.0])[:, None]
    r = jax.tree.map(np.asarray, r)
    kappa, j, g = r.kappa, r.backscattering, r.coupling
    q_s, alpha, detuning = map(np.asarray, (m.q_s, m.alpha, m.detuning))
    with np.errstate(invalid="ignore"):
        d_1 = r.detuning + sigma * r.sagnac_shift - g * q_s
        d_2 = r.detuning - sigma * r.sagnac_shift - g * q_s
        response = (1j * d_2 + kappa) * (1j * d_1 + kappa) + j**2
        alpha_1 = (1j * d_2 + kappa) * r.drive_amplitude / response
        alpha_2 = -1j * j * alpha_1 / (1j * d_2 + kappa)
        expected = g / r.omega_m * (abs(alpha_1) ** 2 + abs(alpha_2) ** 2)
        size = abs(r.detuning) + abs(r.sagnac_shift) + g * q_s
        unit = 2e-16 * (1 + (size + j) / kappa)
        light = np.sqrt(abs(alpha_1) ** 2 + abs(alpha_2) ** 2)
        errors = {
            "q_s": abs(q_s - expected) / q_s / unit,
            "driven": abs(alpha[..., 0] - alpha_1) / light / unit,
            "reflected": abs(alpha[..., 1] - alpha_2) / light / unit,
            "detuning": abs(detuning - np.stack([d_1, d_2], -1)).max(-1) / size / 2e-16,
        }
    for name, error in errors.items():
        assert np.nanmax(error) < 12, name


def test_no_light_no_shift():
    m = jc.mean_field(BISTABLE.replace(power=0.0), jc.LEFT)
    assert int(m.count) == 1
    assert m.q_s[0] == 0
    np.testing.assert_array_equal(m.alpha[0], 0)
    shift = BISTABLE.sagnac_shift
    expected = [BISTABLE.detuning + shift, BISTABLE.detuning - shift]
    np.testing.assert_allclose(m.detuning[0], expected, rtol=4e-16)


def test_the_reflected_mode_is_dark_without_backscattering():
    m = jc.mean_field(BISTABLE.replace(backscattering=0.0), jc.LEFT)
    assert np.all(np.asarray(m.alpha[: int(m.count), 1]) == 0)


def test_the_spin_swaps_the_directions():
    """The same arithmetic: equal bit by bit."""
    left = jc.mean_field(BISTABLE, jc.LEFT)
    right = jc.mean_field(BISTABLE.replace(spin=-BISTABLE.spin), jc.RIGHT)
    jax.tree.map(np.testing.assert_array_equal, left, right)


def test_direction_may_be_an_array():
    """Beside scalars and beside arrays; other code is compiled, so a few roundings apart."""
    sides = jnp.array([1, -1, 1])
    both = jc.mean_field(BISTABLE, sides)
    assert both.q_s.shape == (5, 3)
    assert both.alpha.shape == both.detuning.shape == (5, 3, 2)
    for k, side in enumerate(sides):
        one = jc.mean_field(BISTABLE, side)
        np.testing.assert_allclose(both.q_s[:, k], one.q_s, rtol=1e-13)
        np.testing.assert_allclose(both.alpha[:, k], one.alpha, rtol=1e-12)
    assert not np.allclose(both.q_s[:, 0], both.q_s[:, 1], equal_nan=True)


def observables(resonator, branch):
    """Everything that a mean field says, as real numbers of order 1."""
    m = jc.mean_field(resonator, jc.LEFT)
    alpha = m.alpha[branch] / 1e5
    return jnp.stack(
        [m.q_s[branch] / 1e5, *alpha.real, *alpha.imag, *(m.detuning[branch] / 63e6)]
    )


def scale(name):
    """A natural step of a field: its value, or what it is compared with where that is 0."""
    return getattr(BISTABLE, name) or {"dispersion": 0.5}[name]


@jax.jit
def moved(steps, branch):
    """The observables at BISTABLE with all fields changed by steps of their scales."""
    changes = dict(zip(NAMES, steps, strict=True))
    fields = {name: getattr(BISTABLE, name) + scale(name) * changes[name] for name in NAMES}
    return observables(jc.SpinningResonator(**fields), branch)


BRANCHES = jnp.arange(3)
AT = jnp.zeros(len(NAMES))


@functools.cache
def jacobians():
    """By forward and by reverse mode: (3 branches, 7 observables, 13 fields)."""
    return [
        np.asarray(jax.jit(jax.vmap(mode(moved), in_axes=(None, 0)))(AT, BRANCHES))
        for mode in (jax.jacfwd, jax.jacrev)
    ]


class TestDerivatives:
    def test_there_are_three_branches(self):
        assert int(jc.mean_field(BISTABLE, jc.LEFT).count) == 3

    def test_against_differences(self):
        """Richardson's: truncation h^4 f^(5), rounding 1e-15/h; at 2^-12 each below 1e-9.

        The wavelength is the exception: a part in 10^8 of it moves the laser by a width, but here
        the detuning is held, so it is as smooth as the others.
        """
        function = jax.jit(jax.vmap(jax.vmap(moved, in_axes=(0, None)), in_axes=(None, 0)))
        h = 2.0**-13
        steps = jnp.concatenate([s * h * jnp.eye(len(NAMES)) for s in (1, -1, 2, -2)])
        values = np.asarray(function(steps, BRANCHES)).reshape(3, 4, len(NAMES), 7)
        plus, minus, plus2, minus2 = np.moveaxis(values, 1, 0)
        expected = (8 * (plus - minus) - (plus2 - minus2)) / (12 * h)
        expected = np.swapaxes(expected, 1, 2)
        size = np.abs(expected).max(axis=2, keepdims=True)
        assert np.isfinite(expected).all()
        assert np.max(np.abs(jacobians()[0] - expected) / size) < 1e-7

    def test_forward_is_reverse(self):
        """The same products in another order; missing branches (two of five) poison neither."""
        forward, reverse = jacobians()
        assert np.isfinite(reverse).all()
        size = np.abs(forward).max(axis=2, keepdims=True)
        assert np.max(np.abs(forward - reverse) / size) < 1e-10

    def test_every_field_matters_but_the_bath(self):
        matters = np.abs(jacobians()[0]).max(axis=(0, 1)) > 1e-3
        assert [n for n, m in zip(NAMES, matters, strict=True) if not m] == ["gamma_m", "temperature"]


def test_32_bits_are_refused():
    with jax.enable_x64(False), pytest.raises(RuntimeError, match="`jaxcom.mean_field` computes"):
        jc.mean_field(BISTABLE, jc.LEFT)
