"""Drift and diffusion matrix against Eq. (6), implemented independently with NumPy."""

import functools
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from references.reference_states import DESIGNS, DIRECTIONS

import jaxcom as jc

DEVICE = jc.SpinningResonator(power=0.1, detuning=180e6, backscattering=12e6)


@functools.cache
def fields():
    return jc.mean_field(DESIGNS, DIRECTIONS)


def matrix_a(kappa, j, omega_m, gamma_m, d_1, d_2, g_1, g_2):
    """Drift matrix in the basis (X_1, Y_1, X_2, Y_2, q, p), from the complex Langevin equations.

        a_1' = -(kappa + i D_1) a_1 - i J a_2 + i G_1 q / sqrt(2)
        q' = omega_m p,   p' = -omega_m q - gamma_m p + Re(conj(G_1) a_1 + ...) sqrt(2)

    with a = (X + i Y)/sqrt(2). Each column is the response to a unit of one quadrature.
    """

    def rate(u):
        a_1, a_2 = (u[0] + 1j * u[1]) / np.sqrt(2), (u[2] + 1j * u[3]) / np.sqrt(2)
        q, p = u[4], u[5]
        da_1 = -(kappa + 1j * d_1) * a_1 - 1j * j * a_2 + 1j * g_1 * q / np.sqrt(2)
        da_2 = -(kappa + 1j * d_2) * a_2 - 1j * j * a_1 + 1j * g_2 * q / np.sqrt(2)
        force = np.sqrt(2) * (np.conj(g_1) * a_1 + np.conj(g_2) * a_2).real
        optical = np.sqrt(2) * np.array([da_1.real, da_1.imag, da_2.real, da_2.imag])
        return np.array([*optical, omega_m * p, -omega_m * q - gamma_m * p + force])

    return np.stack([rate(u) for u in np.eye(6)], axis=1)


def test_drift():
    """To a few roundings: each entry is at most one product (with sqrt(2) twice here)."""
    m = fields()
    A = np.stack([jc.drift(DESIGNS, m, branch=branch) for branch in range(5)])
    assert A.shape == (5, 230, 6, 6)
    kappa, coupling = np.asarray(DESIGNS.kappa), np.asarray(DESIGNS.coupling)
    for k, i in zip(*np.nonzero(np.arange(5)[:, None] < np.asarray(m.count)), strict=True):
        g = np.sqrt(2) * coupling[i] * np.asarray(m.alpha[k, i])
        rates = (DESIGNS.backscattering[i], DESIGNS.omega_m[i], DESIGNS.gamma_m[i])
        expected = matrix_a(kappa[i], *map(float, rates), *np.asarray(m.detuning[k, i]), *g)
        np.testing.assert_allclose(A[k, i], expected, rtol=1e-14, atol=1e-15 * np.abs(g).max())


def test_missing_branches_are_nan():
    m = fields()
    missing = np.arange(5)[:, None] >= np.asarray(m.count)
    for branch in range(5):
        A = np.asarray(jc.drift(DESIGNS, m, branch=branch))
        np.testing.assert_array_equal(np.isnan(A).any(axis=(-2, -1)), missing[branch])


def test_diffusion():
    D = np.asarray(jc.diffusion(DESIGNS))
    kappa, n = np.asarray(DESIGNS.kappa), np.asarray(DESIGNS.thermal_phonons)
    heating = np.asarray(DESIGNS.gamma_m) * (2 * n + 1)
    expected = np.stack([kappa, kappa, kappa, kappa, 0 * kappa, heating], axis=-1)
    np.testing.assert_allclose(np.diagonal(D, axis1=-2, axis2=-1), expected, rtol=1e-15)
    np.testing.assert_array_equal(D, D * np.eye(6))


def test_shapes_of_batches():
    grid = DEVICE.replace(spin=np.zeros((4, 3)), power=np.full((4, 3), 0.01))
    m = jc.mean_field(grid, jc.RIGHT)
    assert jc.drift(grid, m).shape == (4, 3, 6, 6)
    assert jc.diffusion(grid).shape == (6, 6)  # independent of the fields that vary
    warm = grid.replace(temperature=np.full((4, 3), 0.2))
    assert jc.diffusion(warm).shape == (4, 3, 6, 6)
    scalar = jc.mean_field(DEVICE, jc.LEFT)
    assert jc.drift(DEVICE, scalar).shape == jc.diffusion(DEVICE).shape == (6, 6)


def test_one_varying_field_is_enough():
    """The coupling remains a scalar while the amplitudes form a batch."""
    grid = DEVICE.replace(power=np.array([0.01, 0.02, 0.1]))
    A = jc.drift(grid, jc.mean_field(grid, jc.LEFT))
    one = jc.drift(DEVICE, jc.mean_field(DEVICE, jc.LEFT))
    np.testing.assert_allclose(A[2], one, rtol=1e-13)


def test_branch_may_be_traced():
    m = jc.mean_field(DEVICE, jc.LEFT)
    A = jax.vmap(lambda branch: jc.drift(DEVICE, m, branch=branch))(jnp.arange(-1, 6))
    for branch in range(5):
        np.testing.assert_array_equal(A[branch + 1], jc.drift(DEVICE, m, branch=branch))
    assert np.isnan(A[0]).any()  # -1 does not count from the end
    assert np.isnan(A[6]).any()


@pytest.mark.parametrize("branch", [-1, 5, 2.5, True, np.int64(9)])
def test_branch_out_of_range(branch):
    m = jc.mean_field(DEVICE, jc.LEFT)
    message = re.escape(
        "Argument `branch` must be a whole number in 0..4 or an array of integers, but is "
        f"{branch!r}."
    )
    for call in (
        lambda: jc.drift(DEVICE, m, branch=branch),
        lambda: jc.steady_state(DEVICE, jc.LEFT, branch=branch),
        lambda: jc.entanglement(DEVICE, jc.LEFT, branch=branch),
    ):
        with pytest.raises(ValueError, match=f"^{message}$"):
            call()
