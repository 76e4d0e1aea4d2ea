"""Properties of every device: symmetries, physical states, limits without coupling."""

import functools

import jax
import jax.numpy as jnp
import numpy as np

import jaxcom as jc
from jaxcom import gaussian

SIDES = jnp.array([1, -1])


@functools.cache
def devices():
    rng = np.random.default_rng(7)
    n = 400
    return jc.SpinningResonator(
        mass=1e-11 * rng.uniform(0.5, 2, n),
        optical_quality=3.2e7 * 10 ** rng.uniform(-0.5, 0.8, n),
        temperature=rng.choice([0, 0.13, 1], n),
        spin=rng.uniform(-30e3, 30e3, n),
        power=10 ** rng.uniform(-4, -0.7, n),
        detuning=63e6 * rng.uniform(-0.5, 4, n),
        backscattering=1e6 * rng.choice([0, 1, 30], n) * rng.uniform(0, 3, n),
    )


@jax.jit
def states(resonators):
    """Steady states of a batch in both directions, of shape (2, n)."""
    return jax.vmap(lambda side: jc.steady_state(resonators, side))(SIDES)


def changed(**fields):
    """The devices with some fields replaced, of the same shape, so that nothing is recompiled."""
    return devices().replace(**{name: np.full(400, value) for name, value in fields.items()})


def test_without_spin_both_directions_are_equal():
    """At Omega = 0 both directions are equal to the bit, with or without backscattering."""
    left, right = (jax.tree.map(lambda x, k=k: x[k], states(changed(spin=0.0))) for k in (0, 1))
    for name in ("q_s", "drift", "covariance", "status", "log_negativity"):
        np.testing.assert_array_equal(getattr(left, name), getattr(right, name))
    difference = np.asarray(jc.nonreciprocity(changed(spin=0.0, backscattering=0.0)))
    assert np.all((difference == 0) | np.isnan(difference))
    assert np.sum(difference == 0) > 50


def test_sign_of_the_spin_swaps_the_directions():
    forth, back = states(devices()), states(devices().replace(spin=-devices().spin))
    for name in ("q_s", "drift", "covariance", "status", "log_negativity"):
        np.testing.assert_array_equal(getattr(forth, name)[0], getattr(back, name)[1])
    difference = jc.nonreciprocity(devices())
    opposite = jc.nonreciprocity(devices().replace(spin=-devices().spin))
    np.testing.assert_array_equal(difference, -opposite)
    assert np.nanmax(np.abs(difference)) > 0.05


def test_covariances_are_quantum_states():
    """V + i Omega/2 >= 0 up to the rounding of V, 1e-13 of its norm, for T > 0.

    At T = 0 damping of p without diffusion of q is not a quantum operation: Eq. (6) itself violates
    the relation there (by 7e-8 here), by less than gamma_m / omega_m = 8e-5.
    """
    s = states(devices())
    stable = np.asarray(s.stable)
    V = np.asarray(s.covariance)[stable]
    assert len(V) > 300
    np.testing.assert_array_equal(V, V.mT)
    cold = np.broadcast_to(np.asarray(devices().temperature) == 0, stable.shape)[stable]
    slack = np.asarray(gaussian.uncertainty_slack(jnp.asarray(V)))
    assert np.all(slack[~cold] > -1e-12 * np.linalg.norm(V[~cold], axis=(-2, -1)))
    assert np.all(slack[cold] > -5.2e3 / 63e6)


def test_without_backscattering_the_reflected_mode_is_vacuum():
    """To 1e-12 of the largest entry of V, since all modes are solved for together."""
    s = states(changed(backscattering=0.0))
    V = np.asarray(s.covariance)[np.asarray(s.stable)]
    scale = np.abs(V).max(axis=(-2, -1), keepdims=True)
    vacuum = np.broadcast_to(0.5 * np.eye(2), (len(V), 2, 2))
    assert np.all(np.abs(V[:, 2:4, 2:4] - vacuum) < 1e-12 * scale)
    assert np.all(np.abs(V[:, 2:4, [0, 1, 4, 5]]) < 1e-12 * scale)
    assert np.nanmax(s.log_negativity_reflected) < 1e-10
    warm = np.asarray(s.stable) & (np.asarray(devices().temperature) > 0)
    assert np.all(np.asarray(s.log_negativity_reflected)[warm] == 0)


def test_without_drive_all_modes_are_thermal():
    """P = 0: vacuum, vacuum and n_m + 1/2; the mechanical Q of 1e4 costs four digits."""
    r = changed(power=0.0)
    s = states(r)
    assert np.asarray(s.stable).all()
    n = np.asarray(r.thermal_phonons)
    diagonal = np.stack([0.5 + 0 * n] * 4 + [n + 0.5] * 2, axis=-1)
    V = np.asarray(s.covariance)
    error = np.abs(V - diagonal[..., None] * np.eye(6)).max(axis=(-2, -1))
    assert np.all(error < 1e-12 * (n + 0.5))
    assert np.all(np.asarray(s.photons) == 0)


def test_without_drive_nothing_is_entangled():
    """Rounding makes up to 1e-15 of it where nu_- = 1/2, and up to 1e-6 in single precision."""
    r = changed(power=0.0)
    s = states(r)
    for found in (s.log_negativity, s.log_negativity_reflected):
        assert np.all(np.asarray(found) == 0)
    for mode in (0, 1):
        assert np.all(np.asarray(jc.log_negativity(s.covariance, (mode, 2))) == 0)
    for dtype in (jnp.float64, jnp.float32):
        o = jc.observables(r, jc.LEFT, dtype=dtype)
        both = [f(r, jc.LEFT, dtype=dtype) for f in (jc.entanglement, jc.strongest_entanglement)]
        for found in (o.log_negativity, o.log_negativity_reflected, *both):
            assert np.all(np.asarray(found) == 0)


def test_rounding_is_far_below_the_least_entanglement():
    r = changed(power=0.0)
    fast = np.asarray(jc.entanglement(r, jc.LEFT, unclipped=True))
    by_matrix = np.asarray(jc.log_negativity(states(r).covariance, (0, 2), unclipped=True))
    assert max(fast.max(), by_matrix.max()) < gaussian.least_entanglement() / 2
