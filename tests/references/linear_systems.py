"""Linear systems whose steady state is known in closed form or in 50 digits."""

import dataclasses
import json
import pathlib

import numpy as np

REFERENCE = pathlib.Path(__file__).parent / "steady_states.json"


@dataclasses.dataclass(frozen=True)
class System:
    """Drift A, diffusion D and covariance V of a linear system."""

    name: str
    drift: np.ndarray
    diffusion: np.ndarray
    covariance: np.ndarray


def direct_sum(*blocks):
    """Block-diagonal matrix of square blocks."""
    n = sum(len(block) for block in blocks)
    matrix, start = np.zeros((n, n)), 0
    for block in blocks:
        stop = start + len(block)
        matrix[start:stop, start:stop] = block
        start = stop
    return matrix


def thermal_oscillator(omega=63e6, gamma=5.2e3, quanta=269.65):
    """Damped oscillator (q, p) in a thermal bath: V = n_th + 1/2 for any damping."""
    return System(
        "thermal oscillator",
        np.array([[0.0, omega], [-omega, -gamma]]),
        np.diag([0.0, gamma * (2 * quanta + 1)]),
        (quanta + 0.5) * np.eye(2),
    )


def cavity(kappa=38e6, detuning=20e6):
    """Empty cavity (X, Y) in the vacuum state: V = 1/2."""
    drift = np.array([[-kappa, detuning], [-detuning, -kappa]])
    return System("cavity", drift, kappa * np.eye(2), 0.5 * np.eye(2))


def uncoupled():
    """Two cavities and an oscillator without coupling: the device of the paper without light."""
    parts = cavity(), cavity(detuning=-7e6), thermal_oscillator()
    fields = ("drift", "diffusion", "covariance")
    return System("uncoupled", *(direct_sum(*(getattr(p, f) for p in parts)) for f in fields))


def parametric_oscillator(kappa=1.0, drive=0.8):
    """Two modes with da/dt = -kappa a + drive b^+, below threshold (drive < kappa).

    Sums and differences of the quadratures decay at kappa -+ drive, driven by vacuum noise, and
    have the variances kappa / 2 / (kappa -+ drive) = nu exp(+-2 r): a two-mode squeezed state with
    tanh(2 r) = drive / kappa and nu = 1 / (2 sqrt(1 - (drive / kappa)^2)).
    """
    swap = np.kron([[0.0, 1.0], [1.0, 0.0]], np.diag([1.0, -1.0]))
    twice_r = np.arctanh(drive / kappa)
    nu = 0.5 / np.sqrt(1 - (drive / kappa) ** 2)
    return System(
        "parametric oscillator",
        -kappa * np.eye(4) + drive * swap,
        kappa * np.eye(4),
        nu * (np.cosh(twice_r) * np.eye(4) + np.sinh(twice_r) * swap),
    )


def squeezed_bath(rate=2.0, r=1.0):
    """Two modes in a squeezed bath: V is a two-mode squeezed vacuum and D = 2 rate V is full."""
    swap = np.kron([[0.0, 1.0], [1.0, 0.0]], np.diag([1.0, -1.0]))
    covariance = 0.5 * (np.cosh(2 * r) * np.eye(4) + np.sinh(2 * r) * swap)
    return System("squeezed bath", -rate * np.eye(4), 2 * rate * covariance, covariance)


CLOSED_FORMS = (
    thermal_oscillator(),
    cavity(),
    uncoupled(),
    parametric_oscillator(),
    parametric_oscillator(drive=0.999),
    squeezed_bath(),
)


def random_stable(n, seed=0, abscissa=-0.3):
    """Dense drift with the given abscissa and rates of order 1, and a dense positive diffusion."""
    rng = np.random.default_rng([n, seed])
    drift, root = rng.normal(size=(2, n, n)) / np.sqrt(n)
    shift = abscissa - np.linalg.eigvals(drift).real.max()
    return drift + shift * np.eye(n), root @ root.T


def reference_states():
    """Drift and diffusion, Eq. (6), and reference results of every branch of the reference."""
    states = []
    for case in json.loads(REFERENCE.read_text())["cases"]:
        for branch in case["branches"]:
            drift, diffusion = _linearized(case["design"], case["derived"], branch)
            states.append((drift, diffusion, branch))
    return states


def _linearized(design, derived, branch):
    """Drift and diffusion matrix of a branch, from its mean field."""
    kappa, j = derived["kappa"], design["J"]
    omega_m, gamma_m = design["wm"], design["gm"]
    d_1, d_2 = branch["detuning_driven"], branch["detuning_reflected"]
    scale = np.sqrt(2) * derived["G0"]
    (gx_1, gy_1), (gx_2, gy_2) = (
        (scale * x, scale * y) for x, y in (branch["alpha_driven"], branch["alpha_reflected"])
    )
    drift = np.array(
        [
            [-kappa, d_1, 0, j, -gy_1, 0],
            [-d_1, -kappa, -j, 0, gx_1, 0],
            [0, j, -kappa, d_2, -gy_2, 0],
            [-j, 0, -d_2, -kappa, gx_2, 0],
            [0, 0, 0, 0, 0, omega_m],
            [gx_1, gy_1, gx_2, gy_2, -omega_m, -gamma_m],
        ]
    )
    thermal = gamma_m * (2 * derived["thermal_phonons"] + 1)
    return drift, np.diag([kappa] * 4 + [0.0, thermal])
