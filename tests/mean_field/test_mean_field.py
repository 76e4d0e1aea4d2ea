"""All solutions of the mean-field equation, Eq. (7), and their derivatives."""

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
    """Devices around Table I, some with a strong drive, with 1, 3 and 5 branches."""
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
    """Mean fields of the random resonators for both directions: (5, 2, n)."""
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
    """Eq. (7) as printed in the paper, in complex arithmetic that is independent of the solver.

    Near a narrow resonance, a rounding of D, 1e-16 (Delta + G_0 q_s), changes the amplitude by that
    over kappa. Residuals are measured in this unit, and a dozen roundings are allowed.
    """
    r, m = random_resonators(), fields()
    sigma = np.array([1.0, -1.0])[:, None]
    kappa, j, g = map(np.asarray, (r.kappa, r.backscattering, r.coupling))
    omega_m, drive, shift = map(np.asarray, (r.omega_m, r.drive_amplitude, r.sagnac_shift))
    detuned = np.asarray(r.detuning)
    q_s, alpha, detuning = map(np.asarray, (m.q_s, m.alpha, m.detuning))
    with np.errstate(invalid="ignore"):
        d_1 = detuned + sigma * shift - g * q_s
        d_2 = detuned - sigma * shift - g * q_s
        response = (1j * d_2 + kappa) * (1j * d_1 + kappa) + j**2
        alpha_1 = (1j * d_2 + kappa) * drive / response
        alpha_2 = -1j * j * alpha_1 / (1j * d_2 + kappa)
        expected = g / omega_m * (abs(alpha_1) ** 2 + abs(alpha_2) ** 2)
        size = abs(detuned) + abs(shift) + g * q_s
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


def test_reversing_the_spin_swaps_the_directions():
    """The arithmetic is identical: equal bit by bit."""
    left = jc.mean_field(BISTABLE, jc.LEFT)
    right = jc.mean_field(BISTABLE.replace(spin=-BISTABLE.spin), jc.RIGHT)
    jax.tree.map(np.testing.assert_array_equal, left, right)


def test_direction_may_be_an_array():
    """Each direction as for a scalar, up to roundings of differently compiled code."""
    sides = jnp.array([1, -1, 1])
    both = jc.mean_field(BISTABLE, sides)
    assert both.q_s.shape == (5, 3)
    assert both.alpha.shape == both.detuning.shape == (5, 3, 2)
    for k, side in enumerate(sides):
        one = jc.mean_field(BISTABLE, side)
        np.testing.assert_allclose(both.q_s[:, k], one.q_s, rtol=1e-13)
        np.testing.assert_allclose(both.alpha[:, k], one.alpha, rtol=1e-12)
    assert not np.allclose(both.q_s[:, 0], both.q_s[:, 1], equal_nan=True)


def observables(resonator):
    """Entries of the mean field as real numbers of order 1: (3 branches, 7)."""
    m = jc.mean_field(resonator, jc.LEFT)
    alpha = m.alpha[:3] / 1e5
    columns = [m.q_s[:3, None] / 1e5, alpha.real, alpha.imag, m.detuning[:3] / 63e6]
    return jnp.concatenate(columns, axis=1)


def scale(name):
    """Natural step of a field: its value, or a typical value where that is 0."""
    return getattr(BISTABLE, name) or {"dispersion": 0.5}[name]


def moved(steps):
    """Observables at BISTABLE with all fields changed by steps in units of their scales."""
    changes = dict(zip(NAMES, steps, strict=True))
    fields = {name: getattr(BISTABLE, name) + scale(name) * changes[name] for name in NAMES}
    return observables(jc.SpinningResonator(**fields))


@functools.cache
def jacobians():
    """Jacobians by forward and by reverse mode: (3 branches, 7 observables, 13 fields)."""
    at = jnp.zeros(len(NAMES))
    return [np.asarray(jax.jit(mode(moved))(at)) for mode in (jax.jacfwd, jax.jacrev)]


class TestDerivatives:
    def test_there_are_three_branches(self):
        assert int(jc.mean_field(BISTABLE, jc.LEFT).count) == 3

    def test_against_differences(self):
        """Richardson extrapolation: truncation h^4 f^(5)/30 and rounding 1e-14/h are below 1e-8.

        A step h is a relative change of a field; the folds are some percent away.
        """
        h = 2.0**-14
        steps = jnp.concatenate([s * h * jnp.eye(len(NAMES)) for s in (1, -1, 2, -2)])
        values = np.asarray(jax.jit(jax.vmap(moved))(steps)).reshape(4, len(NAMES), 3, 7)
        expected = (8 * (values[0] - values[1]) - (values[2] - values[3])) / (12 * h)
        expected = np.moveaxis(expected, 0, 2)
        size = np.abs(expected).max(axis=2, keepdims=True)
        assert np.isfinite(expected).all()
        assert np.max(np.abs(jacobians()[0] - expected) / size) < 1e-7

    def test_forward_is_reverse(self):
        """To rounding; the two missing branches of five must not make either of them NaN."""
        forward, reverse = jacobians()
        assert np.isfinite(reverse).all()
        size = np.abs(forward).max(axis=2, keepdims=True)
        assert np.max(np.abs(forward - reverse) / size) < 1e-10

    def test_all_fields_matter_except_those_of_the_bath(self):
        matters = np.abs(jacobians()[0]).max(axis=(0, 1)) > 1e-3
        assert [n for n, m in zip(NAMES, matters, strict=True) if not m] == [
            "gamma_m",
            "temperature",
        ]


def test_32_bits_are_rejected():
    with jax.enable_x64(False), pytest.raises(RuntimeError, match=r"`jaxcom\.mean_field` computes"):
        jc.mean_field(BISTABLE, jc.LEFT)


def test_a_user_can_look_for_his_own_nan():
    """Under `jax_debug_nans`, with the NaN of missing branches allowed."""

    def root(detuning):
        with jax.debug_nans(False):
            q_s = jc.mean_field(jc.SpinningResonator(detuning=detuning), jc.LEFT).q_s
        return jnp.sqrt(q_s[0] - 1e9)

    with jax.debug_nans(True), pytest.raises(FloatingPointError, match="encountered in sqrt"):
        root(63e6)
