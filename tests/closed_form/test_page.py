"""The page on the elementwise path, jaxcom/closed_form/README.md: its code, names and equations."""

import contextlib
import io
import pkgutil
import re
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

import jaxcom as jc

PAGE = (Path(__file__).parents[2] / "jaxcom" / "closed_form" / "README.md").read_text()
DEVICE = jc.SpinningResonator(detuning=0.4 * 63e6, backscattering=20e6)


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)


def test_the_code_prints_what_the_page_shows():
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(blocks("python")[0], {})
    assert [printed.getvalue()] == blocks("text")


ROOMS = "jaxcom|system|System|moments|negativity|characteristic|dense|accurate|stable"


def test_every_function_it_names_exists():
    names = re.findall(rf"`((?:{ROOMS})\.[\w.]+)`", PAGE)
    assert len(names) > 20
    for name in names:
        name = re.sub("^System", "system.System", name)
        pkgutil.resolve_name(name if name.startswith("jaxcom") else f"jaxcom.closed_form.{name}")


@pytest.fixture(scope="module")
def state():
    return jc.steady_state(DEVICE, jc.LEFT)


@pytest.fixture(scope="module")
def moments(state):
    """K, g, gamma and the moments of (C), from drift matrix and covariance in units of omega_m."""
    V, unit = np.asarray(state.covariance), DEVICE.omega_m
    a = np.stack([V[0] + 1j * V[1], V[2] + 1j * V[3]]) / np.sqrt(2)  # <a u> of both modes
    pairs = (a[:, [0, 2]] + 1j * a[:, [1, 3]]) / np.sqrt(2)
    numbers = (a[:, [0, 2]] - 1j * a[:, [1, 3]]) / np.sqrt(2) - np.eye(2) / 2
    detuning, J = np.asarray(state.detuning) / unit, DEVICE.backscattering / unit
    K = np.diag(DEVICE.kappa / unit + 1j * detuning) + 1j * J * (1 - np.eye(2))
    g = np.asarray(state.coupling) / unit / np.sqrt(2)
    return K, g, DEVICE.gamma_m / unit, a[:, 4], a[:, 5], pairs, numbers, V[4, 4], V[5, 5]


def test_the_light_is_the_response_to_the_drive(moments):
    """Up to a common phase g is K^-1 |1> times sqrt(s)."""
    K, g, *_ = moments
    response = np.linalg.solve(K, np.array([1.0, 0.0]))
    np.testing.assert_allclose(g[1] / g[0], response[1] / response[0], rtol=1e-13)


def test_equations_c(moments):
    """Six equations of terms of order 1, each met to rounding."""
    K, g, gamma, u, v, M, N, q2, p2 = moments
    heating = gamma * (2 * float(DEVICE.thermal_phonons) + 1)
    drive = np.outer(g, u)
    residuals = [
        K @ u - v - 1j * g * q2,
        (K + gamma * np.eye(2)) @ v + u - M @ g.conj() - N @ g - g / 2,
        K @ M + M @ K - 1j * (drive + drive.T),
        K @ N + N @ K.conj() - 1j * (np.outer(g, u.conj()) - np.outer(u, g.conj())),
        p2 - q2 + 2 * (g.conj() @ u).real,
        gamma * p2 - 2 * (g.conj() @ v).real - heating / 2,
    ]
    for residual in residuals:
        np.testing.assert_allclose(residual, 0, atol=1e-14)


def test_invariants_of_section_4(state, moments):
    _, _, _, u, v, M, N, q2, p2 = moments
    V = state.covariance[jnp.array([0, 1, 4, 5])][:, jnp.array([0, 1, 4, 5])]
    det = np.linalg.det
    np.testing.assert_allclose(
        det(V[:2, :2]), (0.5 + N[0, 0].real) ** 2 - abs(M[0, 0]) ** 2, rtol=1e-12
    )
    np.testing.assert_allclose(det(V[2:, 2:]), q2 * p2, rtol=1e-12)
    np.testing.assert_allclose(det(V[:2, 2:]), 2 * (u[0].conj() * v[0]).imag, rtol=1e-12)


@pytest.mark.parametrize("signs", [(1, 1), (1, -1), (-1, 1), (-1, -1)])
def test_kernels_of_section_3(signs):
    """Where eps and eps' are numbers +-R, the kernels are the reciprocals that they stand for."""
    kappa, L, R = 0.6, 1.3, 0.4
    c, (e, f) = kappa + 1j * L, (sign * R for sign in signs)
    K, K2 = c + 1j * e, c + 1j * f
    pair = (2 * c**2 + R**2 - 1j * c * (e + f) - e * f) / (4 * c * (c**2 + R**2))
    number = (2 * kappa**2 + R**2 - 1j * kappa * (e - f) + e * f) / (4 * kappa * (kappa**2 + R**2))
    np.testing.assert_allclose(pair, 1 / (K + K2), rtol=1e-14)
    np.testing.assert_allclose(number, 1 / (K + K2.conjugate()), rtol=1e-14)
