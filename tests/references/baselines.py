"""What people use without this library: SciPy point by point, and batched NumPy.

They take the design and give E_N of the driven mode and the mirror on the lowest branch, NaN where
it is unstable, and share nothing with the library but the numbers that describe the design.
"""

from collections.abc import Callable

import numpy as np
import scipy.linalg

import jaxcom as jc

Fields = dict[str, np.ndarray]


def fields(resonator: jc.SpinningResonator, direction) -> Fields:
    """The rates of Eqs. (1)-(7) as arrays of one length, in units of omega_m."""
    r = resonator
    unit = np.asarray(r.omega_m)
    rates = {
        "kappa": r.kappa / unit,
        "gamma": r.gamma_m / unit,
        "heating": r.gamma_m / unit * (2 * np.asarray(r.thermal_phonons) + 1),
        "detuning": r.detuning / unit,
        "split": np.asarray(direction) * np.asarray(r.sagnac_shift) / unit,
        "J": r.backscattering / unit,
        "drive": (r.coupling / unit) ** 2 * r.drive_squared / unit**2,
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
    """The lowest of the roots that are real up to rounding."""
    real = np.abs(np.imag(roots)) < 1e-6 * (1e-3 + np.abs(roots))
    return np.where(real, np.real(roots), np.inf).min(axis=-1)


def drift(f: Fields, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The matrices A and D of Eq. (6), (n, 6, 6)."""
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
    """Eqs. (12)-(13) as printed."""
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
    """E_N of a batch of matrices: eigenvalues, then 36 unknowns by one batched LU."""
    stable = np.linalg.eigvals(A).real.max(axis=-1) < 0
    eye, n = np.eye(6), len(A)
    system = np.einsum("bij,kl->bikjl", A, eye) + np.einsum("ij,bkl->bikjl", eye, A)
    V = np.linalg.solve(system.reshape(n, 36, 36), -D.reshape(n, 36, 1)).reshape(n, 6, 6)
    return np.where(stable, log_negativity(V), np.nan)


def scipy_loop(A: np.ndarray, D: np.ndarray) -> np.ndarray:
    """E_N of one pair of matrices after another, by Bartels-Stewart."""
    values = np.full(len(A), np.nan)
    for k in range(len(A)):
        if np.linalg.eigvals(A[k]).real.max() < 0:
            V = scipy.linalg.solve_continuous_lyapunov(A[k], -D[k])
            values[k] = log_negativity(V)
    return values


def from_design_numpy(f: Fields) -> np.ndarray:
    """Batched NumPy from the design: companion matrices for the mean field, then Kronecker."""
    polynomial = quintic(f)
    companion = np.zeros((len(polynomial), 5, 5))
    companion[:, range(1, 5), range(4)] = 1
    companion[:, 0] = -polynomial[:, 1:] / polynomial[:, :1]
    return numpy_kronecker(*drift(f, lowest_real(np.linalg.eigvals(companion))))


def from_design_scipy(f: Fields) -> np.ndarray:
    """SciPy from the design, point by point: `numpy.roots`, then Bartels-Stewart."""
    values = np.empty(len(f["kappa"]))
    for k in range(len(values)):
        one = {name: entry[k : k + 1] for name, entry in f.items()}
        x = lowest_real(np.roots(quintic(one)[0]))
        values[k] = scipy_loop(*drift(one, x))[0]
    return values


def central_differences(value: Callable[[Fields], np.ndarray], f: Fields) -> list[np.ndarray]:
    """The derivatives of a baseline by four rates: eight evaluations a point."""
    slopes = []
    for name in ("detuning", "split", "J", "drive"):
        step = 1e-5 * (1 + np.abs(f[name]))
        up, down = ({**f, name: f[name] + sign * step} for sign in (1, -1))
        slopes.append((value(up) - value(down)) / (2 * step))
    return slopes
