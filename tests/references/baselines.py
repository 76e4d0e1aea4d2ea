"""Baselines without this library: SciPy point by point, and batched NumPy.

They compute E_N of the driven mode and the mirror on the lowest branch, NaN where it is unstable,
from the 13 fields of a design and the constants of SciPy: they share no code with the library.
"""

from collections.abc import Callable

import numpy as np
import scipy.linalg
from scipy.constants import c, hbar
from scipy.constants import k as k_B

import jaxcom as jc

Fields = dict[str, np.ndarray]
FIELDS = (
    "refractive_index", "dispersion", "radius", "mass", "wavelength", "optical_quality", "omega_m",
    "gamma_m", "temperature", "spin", "power", "detuning", "backscattering",
)  # fmt: skip


def fields(resonator: jc.SpinningResonator, direction) -> Fields:
    """Rates of Eqs. (1)-(7) as arrays of one length, in units of omega_m.

    "split" is the signed Sagnac shift, "drive" is (G_0 eps / omega_m^2)^2, and "heating" is
    gamma_m (2 n_m + 1), with 2 n_m + 1 = coth(hbar omega_m / 2 k_B T).
    """
    values = {name: np.asarray(getattr(resonator, name)) for name in FIELDS}
    n, R, m, wavelength, omega_m, gamma_m, T = (
        values[name]
        for name in (
            "refractive_index", "radius", "mass", "wavelength", "omega_m", "gamma_m", "temperature"
        )
    )  # fmt: skip
    omega_c = 2 * np.pi * c / wavelength
    kappa = omega_c / values["optical_quality"]
    G_0 = omega_c / R * np.sqrt(hbar / (m * omega_m))
    sagnac = n * R * values["spin"] * omega_c / c * (1 - 1 / n**2 - values["dispersion"])
    laser = omega_c - values["detuning"]
    with np.errstate(divide="ignore"):
        thermal = 1 / np.tanh(hbar * omega_m / (2 * k_B * T))
    rates = {
        "kappa": kappa / omega_m,
        "gamma": gamma_m / omega_m,
        "heating": gamma_m / omega_m * thermal,
        "detuning": values["detuning"] / omega_m,
        "split": np.asarray(direction) * sagnac / omega_m,
        "J": values["backscattering"] / omega_m,
        "drive": (G_0 / omega_m) ** 2 * 2 * kappa * values["power"] / (hbar * laser) / omega_m**2,
    }
    return dict(zip(rates, np.broadcast_arrays(*map(np.asarray, rates.values())), strict=True))


def quintic(f: Fields) -> np.ndarray:
    """Coefficients of the mean-field equation in x = G_0 q_s / omega_m, highest first: (n, 6)."""

    def times(p: np.ndarray, q: np.ndarray) -> np.ndarray:
        out = np.zeros((len(p), p.shape[1] + q.shape[1] - 1))
        for i in range(p.shape[1]):
            out[:, i : i + q.shape[1]] += p[:, i : i + 1] * q
        return out

    one = np.ones_like(f["kappa"])
    d_1 = np.stack([-one, f["detuning"] + f["split"]], axis=-1)
    d_2 = np.stack([-one, f["detuning"] - f["split"]], axis=-1)
    real, imaginary = -times(d_1, d_2), f["kappa"][:, None] * (d_1 + d_2)
    real[:, -1] += f["kappa"] ** 2 + f["J"] ** 2
    modulus = times(real, real)
    modulus[:, 2:] += times(imaginary, imaginary)
    light = times(d_2, d_2)
    light[:, -1] += f["kappa"] ** 2 + f["J"] ** 2
    polynomial = np.concatenate([modulus, 0 * modulus[:, :1]], axis=1)
    polynomial[:, 3:] -= f["drive"][:, None] * light
    return polynomial


def lowest_real(roots: np.ndarray) -> np.ndarray:
    """Lowest of the roots that are real up to rounding."""
    real = np.abs(np.imag(roots)) < 1e-6 * (1e-3 + np.abs(roots))
    return np.where(real, np.real(roots), np.inf).min(axis=-1)


def drift(f: Fields, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Matrices A and D of Eq. (6), each of shape (n, 6, 6)."""
    kappa, J = f["kappa"], f["J"]
    d_1, d_2 = f["detuning"] + f["split"] - x, f["detuning"] - f["split"] - x
    scale = np.sqrt(2 * f["drive"]) / ((kappa + 1j * d_1) * (kappa + 1j * d_2) + J**2)
    G_1, G_2 = scale * (kappa + 1j * d_2), -1j * J * scale
    A = np.zeros((len(kappa), 6, 6))
    A[:, range(4), range(4)] = -kappa[:, None]
    A[:, 0, 1], A[:, 1, 0], A[:, 2, 3], A[:, 3, 2] = d_1, -d_1, d_2, -d_2
    A[:, 0, 3] = A[:, 2, 1] = J
    A[:, 1, 2] = A[:, 3, 0] = -J
    A[:, :4, 4] = np.stack([-G_1.imag, G_1.real, -G_2.imag, G_2.real], axis=-1)
    A[:, 5, :4] = np.stack([G_1.real, G_1.imag, G_2.real, G_2.imag], axis=-1)
    A[:, 4, 5], A[:, 5, 4], A[:, 5, 5] = 1, -1, -f["gamma"]
    D = np.zeros_like(A)
    D[:, range(4), range(4)], D[:, 5, 5] = kappa[:, None], f["heating"]
    return A, D


def log_negativity(V: np.ndarray) -> np.ndarray:
    """Logarithmic negativity by Eqs. (12)-(13) as printed."""
    keep = [0, 1, 4, 5]
    W = V[..., keep, :][..., keep]
    first, second = slice(0, 2), slice(2, 4)
    blocks = [(first, first), (second, second), (first, second)]
    a, b, c = (np.linalg.det(W[..., i, j]) for i, j in blocks)
    sigma = a + b - 2 * c
    root = np.sqrt(np.maximum(sigma**2 - 4 * np.linalg.det(W), 0))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.maximum(0, -np.log(2 * np.sqrt((sigma - root) / 2)))


def numpy_kronecker(A: np.ndarray, D: np.ndarray) -> np.ndarray:
    """E_N of a batch of matrices: eigenvalues, then a batched LU solve for 36 unknowns."""
    stable = np.linalg.eigvals(A).real.max(axis=-1) < 0
    eye, n = np.eye(6), len(A)
    system = np.einsum("bij,kl->bikjl", A, eye) + np.einsum("ij,bkl->bikjl", eye, A)
    V = np.linalg.solve(system.reshape(n, 36, 36), -D.reshape(n, 36, 1)).reshape(n, 6, 6)
    return np.where(stable, log_negativity(V), np.nan)


def scipy_loop(A: np.ndarray, D: np.ndarray) -> np.ndarray:
    """E_N of each pair of matrices in a loop, by Bartels-Stewart."""
    values = np.full(len(A), np.nan)
    for k in range(len(A)):
        if np.linalg.eigvals(A[k]).real.max() < 0:
            V = scipy.linalg.solve_continuous_lyapunov(A[k], -D[k])
            values[k] = log_negativity(V)
    return values


def from_design_numpy(f: Fields) -> np.ndarray:
    """E_N by batched NumPy: companion matrices for the mean field, then Kronecker."""
    polynomial = quintic(f)
    companion = np.zeros((len(polynomial), 5, 5))
    companion[:, range(1, 5), range(4)] = 1
    companion[:, 0] = -polynomial[:, 1:] / polynomial[:, :1]
    return numpy_kronecker(*drift(f, lowest_real(np.linalg.eigvals(companion))))


def from_design_scipy(f: Fields) -> np.ndarray:
    """E_N by SciPy, point by point: `numpy.roots`, then Bartels-Stewart."""
    values = np.empty(len(f["kappa"]))
    for k in range(len(values)):
        one = {name: entry[k : k + 1] for name, entry in f.items()}
        x = lowest_real(np.roots(quintic(one)[0]))
        values[k] = scipy_loop(*drift(one, x))[0]
    return values


def central_differences(value: Callable[[Fields], np.ndarray], f: Fields) -> list[np.ndarray]:
    """Derivatives of a baseline with respect to four rates: eight evaluations per point."""
    slopes = []
    for name in ("detuning", "split", "J", "drive"):
        step = 1e-5 * (1 + np.abs(f[name]))
        up, down = ({**f, name: f[name] + sign * step} for sign in (1, -1))
        slopes.append((value(up) - value(down)) / (2 * step))
    return slopes
