"""Closed-form path against 50 digits, the definition by matrices, and finite differences."""

import json
from pathlib import Path

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest

from jaxcom.closed_form import characteristic_coefficients, dense, is_stable, log_negativity
from jaxcom.closed_form.system import fluctuations
from jaxcom.rates import Rates

REFERENCE = Path(__file__).parents[1] / "references" / "steady_states.json"
NAMES = tuple(Rates.__dataclass_fields__)
MODES = pytest.mark.parametrize("reflected", [False, True], ids=["driven", "reflected"])

# kappa, gamma, heating, detuning, split, backscattering, drive, x
TYPICAL = (0.6, 8e-5, 0.045, 1.0, 0.3, 0.2, 0.2, 0.1)
IDEAL = (0.6, 8e-5, 0.045, 1.0, 0.3, 0.0, 0.2, 0.1)
STATIONARY = (0.6, 8e-5, 0.045, 0.8, 0.0, 0.3, 0.2, 0.1)
BARE = (0.6, 8e-5, 0.045, 0.8, 0.0, 0.0, 0.2, 0.1)
POINTS = pytest.mark.parametrize(
    "point", [TYPICAL, IDEAL, STATIONARY, BARE], ids=["typical", "ideal", "stationary", "bare"]
)

PAIRS = [(i, j) for i in range(6) for j in range(i, 6)]
POSITION = {pair: n for n, (i, j) in enumerate(PAIRS) for pair in ((i, j), (j, i))}


def at(point):
    *rates, x = (jnp.asarray(entry) for entry in point)
    return Rates(*rates), rates[3] - x


def drift(point):
    """Drift matrix, Eq. (6), from Eq. (7), in units of omega_m and in the arithmetic of mpmath."""
    kappa, gamma, _, detuning, split, j, drive, x = map(mp.mpf, point)
    d1, d2 = detuning + split - x, detuning - split - x
    scale = mp.sqrt(2 * drive) / (mp.mpc(kappa, d1) * mp.mpc(kappa, d2) + j * j)
    g1, g2 = scale * mp.mpc(kappa, d2), scale * mp.mpc(0, -j)
    rows = [
        [-kappa, d1, 0, j, -g1.imag, 0],
        [-d1, -kappa, -j, 0, g1.real, 0],
        [0, j, -kappa, d2, -g2.imag, 0],
        [-j, 0, -d2, -kappa, g2.real, 0],
        [0, 0, 0, 0, 0, 1],
        [g1.real, g1.imag, g2.real, g2.imag, -1, -gamma],
    ]
    return mp.matrix(rows)


def covariance(point):
    """Covariance, Eq. (11), by 21 linear equations."""
    a, system, rhs = drift(point), mp.zeros(21, 21), mp.zeros(21, 1)
    noise = [mp.mpf(point[0])] * 4 + [0, mp.mpf(point[2])]
    for n, (i, j) in enumerate(PAIRS):
        for k in range(6):
            system[n, POSITION[k, j]] += a[i, k]
            system[n, POSITION[i, k]] += a[j, k]
        rhs[n] = -noise[i] if i == j else 0
    v = mp.lu_solve(system, rhs)
    return mp.matrix([[v[POSITION[i, j]] for j in range(6)] for i in range(6)])


def exact(point, reflected):
    """Unclipped -ln(2 nu_-), Eqs. (12)-(13)."""
    rows = [2, 3, 4, 5] if reflected else [0, 1, 4, 5]
    full = covariance(point)
    v = mp.matrix([[full[i, j] for j in rows] for i in rows])

    def det(i, j):
        return v[i, j] * v[i + 1, j + 1] - v[i, j + 1] * v[i + 1, j]

    sigma, total = det(0, 0) + det(2, 2) - 2 * det(0, 2), mp.det(v)
    return -mp.log(8 * total / (sigma + mp.sqrt(abs(sigma**2 - 4 * total)))) / 2


def designs(seed, n):
    """Random points, a third of them without spin, a third without backscattering: (8, n)."""
    rng = np.random.default_rng(seed)
    gamma = 10 ** rng.uniform(-5, -2, n)
    return np.stack(
        [
            10 ** rng.uniform(-1.5, 0.5, n),
            gamma,
            gamma * (2 * rng.choice([0, 1, 270, 3000], n) + 1),
            rng.uniform(-1, 3, n),
            rng.uniform(-1.5, 1.5, n) * rng.choice([0, 1, 1], n),
            rng.uniform(0, 2, n) * rng.choice([0, 1, 1], n),
            10 ** rng.uniform(-3, 1, n),
            rng.uniform(0, 0.5, n),
        ]
    )


def reference():
    """Points (8, n) and reference results of all branches of the reference designs."""
    points, branches = [], []
    for case in json.loads(REFERENCE.read_text())["cases"]:
        design, derived, unit = case["design"], case["derived"], case["design"]["wm"]
        rates = (
            derived["kappa"],
            design["gm"],
            design["gm"] * (2 * derived["thermal_phonons"] + 1),
        )
        rates += (design["Dc"], design["direction"] * derived["sagnac_shift"], design["J"])
        drive = (derived["G0"] * derived["drive_amplitude"] / unit**2) ** 2
        for branch in case["branches"]:
            shift = derived["G0"] * branch["q_s"]
            points.append([*(rate / unit for rate in rates), drive, shift / unit])
            branches.append(branch)
    return np.array(points).T, branches


def test_stability_of_every_branch_of_the_reference():
    points, branches = reference()
    np.testing.assert_array_equal(is_stable(*at(points)), [b["stable"] for b in branches])


def test_a_mirror_without_damping_is_not_stable():
    """In the dark and without damping it oscillates for ever, at an edge of stability."""
    undamped = (0.5, 0.0, 0.0, 0.3, 0.2, 0.1, 0.0, 0.0)
    assert not is_stable(*at(undamped))
    assert is_stable(*at((0.5, 1e-9, *undamped[2:])))


@MODES
def test_log_negativity_of_the_reference(reflected):
    points, branches = reference()
    stable = np.array([b["stable"] for b in branches])
    name = "log_negativity_" + ("reflected" if reflected else "driven")
    expected = [b[name] for b in branches if b["stable"]]
    value = log_negativity(*at(points[:, stable]), reflected=reflected)
    np.testing.assert_allclose(jnp.maximum(value, 0), expected, rtol=0, atol=1e-14)


def test_coefficients():
    """Relative to the coefficients of prod(s + |root|), which has no cancellation."""
    for point in designs(0, 20).T:
        roots = mp.eig(drift(point), left=False, right=False)
        polynomial, scale = [mp.mpf(1)], [mp.mpf(1)]
        for root in roots:
            polynomial = [
                a - root * b for a, b in zip([*polynomial, 0], [0, *polynomial], strict=True)
            ]
            scale = [a + abs(root) * b for a, b in zip([*scale, 0], [0, *scale], strict=True)]
        values = characteristic_coefficients(*at(point))
        for value, expected, size in zip(values, polynomial[1:], scale[1:], strict=True):
            assert abs(mp.mpf(float(value)) - expected.real) < 1e-14 * size


# Median and largest error of E_N measured with prototypes of this elimination. The tolerance of the
# unclipped value is ten times larger: far below zero (a hot mirror) it loses up to one more digit.
@pytest.mark.parametrize(
    ("abscissa", "median", "worst"),
    [(-1e-3, 8e-14, 6e-12), (-1e-5, 1e-12, 2e-10), (-1e-7, 2e-11, 3e-8), (-1e-9, 8e-10, 8e-6)],
)
@MODES
def test_accuracy_near_threshold(abscissa, median, worst, reflected):
    points = np.array(list(near_threshold(abscissa, 16))).T
    assert np.all(is_stable(*at(points)))
    value = log_negativity(*at(points), reflected=reflected)
    with mp.workdps(40):
        expected = [float(exact(point, reflected)) for point in points.T]
    error = np.abs(value - np.array(expected))
    assert np.median(error) < 10 * median
    assert np.max(error) < 10 * worst
    assert np.max(np.abs(np.maximum(value, 0) - np.maximum(expected, 0))) < worst


def near_threshold(abscissa, n):
    """Yield points whose drive makes the largest real part of an eigenvalue `abscissa`."""
    for point in designs(1, 100 * n).T:
        point[1] = max(point[1], 4 * abs(abscissa))
        if n and margin(point, 0.0) < 2 * abscissa and margin(point, 50.0) > 0:
            low, high = 0.0, 50.0
            for _ in range(90):
                middle = (low + high) / 2
                low, high = (middle, high) if margin(point, middle) < abscissa else (low, middle)
            point[6] = low
            n -= 1
            yield point


def margin(point, drive):
    point = np.array([*point[:6], drive, point[7]])
    kappa, gamma, _, detuning, split, j, drive, x = point
    k = np.array([[kappa + 1j * (detuning + split - x), 1j * j], [1j * j, 0]])
    k[1, 1] = kappa + 1j * (detuning - split - x)
    g = np.sqrt(drive) * np.linalg.solve(k, [1, 0])
    a = np.zeros((6, 6), complex)  # in the basis (a, a*, q, p)
    a[:2, :2], a[2:4, 2:4], a[:2, 4], a[2:4, 4] = -k, -k.conj(), 1j * g, -1j * g.conj()
    a[4, 5], a[5] = 1, [*g.conj(), *g, -1, -gamma]
    return np.linalg.eigvals(a).real.max()


@MODES
def test_against_matrices(reflected):
    """The definition by 6 x 6 matrices and 21 unknowns, in JAX."""
    rates, detuning = at(designs(2, 400))
    by_matrices = jax.jit(jax.vmap(lambda r: dense.log_negativity(reflected, r)))
    value, expected = (
        log_negativity(rates, detuning, reflected=reflected),
        by_matrices(fluctuations(rates, detuning)),
    )
    stable = np.asarray(is_stable(rates, detuning))
    assert stable.sum() > 100
    np.testing.assert_allclose(value[stable], expected[stable], rtol=1e-9, atol=1e-9)


def derivative(function, point, *indices):
    """Derivative by central differences in 50 digits, with an error O(step^2) = 1e-20."""
    if not indices:
        return function(point)
    step, values = mp.mpf("1e-10"), []
    for sign in (1, -1):
        moved = (
            [mp.mpf(float(entry)) for entry in point] if not isinstance(point, list) else [*point]
        )
        moved[indices[0]] += sign * step
        values.append(derivative(function, moved, *indices[1:]))
    return (values[0] - values[1]) / (2 * step)


@POINTS
@MODES
def test_gradient(point, reflected):
    """Exact also where the reflected mode is in vacuum."""
    with mp.workdps(50):
        expected = [
            float(derivative(lambda p: exact(p, reflected), point, j)) for j in range(len(point))
        ]

    def function(rates, x):
        return log_negativity(rates, rates.detuning - x, reflected=reflected)

    rates, x = at(point)[0], jnp.asarray(point[7])
    in_rates, in_x = jax.grad(function, (0, 1))(rates, x)
    gradient = [*jax.tree.leaves(in_rates), in_x]
    np.testing.assert_allclose(gradient, expected, rtol=1e-8, atol=1e-13)
    forward = jax.jacfwd(function, (0, 1))(rates, x)
    np.testing.assert_allclose(jax.tree.leaves(forward), gradient, rtol=1e-10, atol=1e-15)


@pytest.mark.slow
@POINTS
@MODES
def test_hessian(point, reflected):
    chosen = [3, 4, 5, 6, 7]  # the controls and the shift

    def function(entries):
        return log_negativity(*at([*point[:3], *entries]), reflected=reflected)

    value = jax.jit(jax.hessian(function))(jnp.array(point[3:]))
    with mp.workdps(50):
        expected = [
            [float(derivative(lambda p: exact(p, reflected), point, i, j)) for j in chosen]
            for i in chosen
        ]
    np.testing.assert_allclose(value, expected, rtol=1e-8, atol=1e-10)


# Thermal mirror without light; a cold, driven one; no backscattering.
@pytest.mark.parametrize(
    "point",
    [
        (0.6, 1e-4, 1e-2, 1.0, 0.3, 0.2, 0.0, 0.0),
        (0.6, 1e-4, 1e-4, 1.0, 0.3, 0.2, 0.1, 0.1),
        (0.6, 1e-4, 1e-2, 1.0, 0.3, 0.0, 0.1, 0.1),
    ],
)
@MODES
def test_finite_in_limiting_cases(point, reflected):
    value, gradient = jax.value_and_grad(log_negativity)(*at(point), reflected=reflected)
    assert all(np.isfinite(leaf) for leaf in [value, *jax.tree.leaves(gradient)])
    if point[6] == 0 or (point[5] == 0 and reflected):
        assert abs(value) < 1e-14  # a mode in vacuum, uncorrelated


@MODES
def test_no_derivative_in_the_vacuum(reflected):
    """E_N rises as the root of the drive."""
    point = at((0.6, 1e-4, 1e-4, 1.0, 0.0, 0.0, 0.0, 0.0))
    assert abs(log_negativity(*point, reflected=reflected)) < 1e-15
    gradient = jax.grad(log_negativity)(*point, reflected=reflected)
    assert np.isnan(gradient.drive)


def test_batches_agree_with_single_points():
    """Also under `jit` and beyond 16384 points, where XLA partitions loops differently."""
    points = np.tile(np.array([TYPICAL, BARE, STATIONARY, IDEAL]).T, 5000)
    value, gradient = jax.jit(jax.vmap(jax.value_and_grad(log_negativity)))(*at(points))
    for n, point in enumerate([TYPICAL, BARE, STATIONARY, IDEAL]):
        single, slope = jax.value_and_grad(log_negativity)(*at(point))
        np.testing.assert_allclose(value[n::4], single, rtol=1e-12)
        for name in NAMES:
            np.testing.assert_allclose(
                getattr(gradient, name)[n::4], getattr(slope, name), rtol=1e-10
            )
