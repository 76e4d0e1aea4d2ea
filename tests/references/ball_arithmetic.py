"""Steady states in ball arithmetic, with proven signs; needs python-flint.

Every number is a ball, a midpoint with a bound of its error. What depends on a sign is repeated in
twice the precision until the ball no longer contains 0. A design is a mapping of the 13 fields of a
resonator to floats, which are exact, or to balls. Rates are in units of omega_m.

The functions share no code with the library.
"""

import math
import random
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

from flint import acb, acb_mat, arb, arb_mat, arb_poly, ctx
from scipy.constants import c, h, k

FIELDS = (
    "refractive_index", "dispersion", "radius", "mass", "wavelength", "optical_quality", "omega_m",
    "gamma_m", "temperature", "spin", "power", "detuning", "backscattering",
)  # fmt: skip
PRECISIONS = (256, 512, 1024, 2048, 4096)
SMALL = arb(2) ** -100
"""Largest error of E_N that is accepted."""

STABLE, UNSTABLE, NO_SUCH_BRANCH = 0, 1, 2
PAIRS = [(i, j) for i in range(6) for j in range(i, 6)]
UNKNOWN = {(i, j): PAIRS.index((min(i, j), max(i, j))) for i in range(6) for j in range(6)}

Design = Mapping[str, Any]
Result = TypeVar("Result")


class Undecided(ArithmeticError):
    """The precision does not decide a sign."""


class Rates(NamedTuple):
    """Rates of a design in units of omega_m; `drive` is (G_0 eps)^2 / omega_m^4."""

    kappa: arb
    gamma: arb
    heating: arb
    detuning: arb
    split: arb
    backscattering: arb
    drive: arb


class State(NamedTuple):
    """Steady state of one branch.

    Attributes:
        count: number of solutions of Eq. (7).
        status: `STABLE`, `UNSTABLE` or `NO_SUCH_BRANCH`.
        shift: x = G_0 q_s in units of omega_m, or None.
        margin: minus the largest real part of an eigenvalue, in units of omega_m, or None.
        log_negativity: -ln(2 nu_-) of the driven mode and the mirror; None unless stable.
        covariance: V of Eq. (11); None unless stable.
    """

    count: int
    status: int
    shift: arb | None = None
    margin: arb | None = None
    log_negativity: arb | None = None
    covariance: arb_mat | None = None


def steady_state(design: Design, direction: int, branch: int = 0) -> State:
    """Steady state of one branch, counted from 0 in ascending q_s.

    Raises:
        Undecided: the largest precision does not decide a sign, as at a double root.
    """

    def state() -> State:
        rates = rates_of(design, direction)
        return state_at(rates, shifts_of(rates), branch)

    return decided(state)


def steady_states(design: Design, direction: int) -> list[State]:
    """Steady states of all branches, in ascending q_s."""

    def states() -> list[State]:
        rates = rates_of(design, direction)
        shifts = shifts_of(rates)
        return [state_at(rates, shifts, branch) for branch in range(len(shifts))]

    return decided(states)


def count(design: Design, direction: int) -> int:
    """Number of real solutions of Eq. (7)."""
    return decided(lambda: len(shifts_of(rates_of(design, direction))))


def verdict(design: Design, direction: int, branch: int = 0) -> tuple[int, int]:
    """Number of solutions of Eq. (7) and status of a branch."""

    def judge() -> tuple[int, int]:
        rates = rates_of(design, direction)
        shifts = shifts_of(rates)
        if branch >= len(shifts):
            return len(shifts), NO_SUCH_BRANCH
        stable = is_hurwitz(drift_matrix(rates, shifts[branch]).charpoly())
        return len(shifts), STABLE if stable else UNSTABLE

    return decided(judge)


def conditioning(design: Design, direction: int, branch: int = 0) -> float:
    """Change of -ln(2 nu_-) where each input changes by 2^-53 of itself: the sum of magnitudes.

    It is infinite where such a change makes the branch unstable or removes it.
    """
    here = steady_state(design, direction, branch).log_negativity
    total = arb(0)
    for name in FIELDS:
        if design[name] == 0:
            continue
        there = steady_state(moved(design, {name: 0.5}), direction, branch).log_negativity
        if here is None or there is None:
            return math.inf
        total += abs(there - here)
    return float(total)


def verdicts_within_rounding(
    design: Design, direction: int, branch: int = 0, *, ulps: int = 64, draws: int = 8
) -> set[tuple[int, int]]:
    """Verdicts of designs whose inputs are changed by up to some units in the last place.

    Each input is changed alone, both ways, then all at once by random numbers of units: half of the
    draws are corners of the box.
    """
    generator = random.Random(0)
    changes = [{name: sign * ulps} for name in FIELDS for sign in (-1, 1)]
    for _ in range(draws):
        changes.append({name: generator.choice((-ulps, ulps)) for name in FIELDS})
        changes.append({name: generator.uniform(-ulps, ulps) for name in FIELDS})
    return {verdict(moved(design, change), direction, branch) for change in changes}


def moved(design: Design, ulps: Mapping[str, float]) -> dict[str, Any]:
    """Design whose named inputs are changed by some units of 2^-52 of themselves; 0 stays 0."""
    with ctx.workprec(PRECISIONS[0]):
        factor = {name: 1 + arb(number) * arb(2) ** -52 for name, number in ulps.items()}
        return {name: arb(design[name]) * factor.get(name, 1) for name in FIELDS}


def fold_powers(design: Design, direction: int) -> list[arb]:
    """Powers at which two solutions of Eq. (7) merge, in ascending order of the shift.

    Eq. (7) gives the power as a function of the shift; it is stationary at a fold.
    """

    def powers() -> list[arb]:
        rates = rates_of(dict(design) | {"power": 1.0}, direction)
        light, photons = _modulus_and_photons(rates)
        light = light * arb_poly([0, 1])
        slope = light.derivative() * photons - light * photons.derivative()
        return [light(x) / (photons(x) * rates.drive) for x in real_roots(slope)]

    return [power for power in decided(powers) if power > 0]


def hopf_edge(
    design: Design, direction: int, branch: int, field: str, near: tuple[float, float]
) -> arb | None:
    """Value of a field at which the margin of stability vanishes, by secants, or None.

    Args:
        design: the other fields.
        direction: +1 or -1.
        branch: counted from 0 in ascending q_s.
        field: the name of the field.
        near: two values close to the edge.
    """

    def margin(value: arb) -> arb:
        found = steady_state(dict(design) | {field: value}, direction, branch).margin
        return arb("nan") if found is None else found.mid()

    with ctx.workprec(PRECISIONS[0]):
        a, b = map(arb, near)
        f, g = margin(a), margin(b)
        for _ in range(8):
            if not g.is_finite() or abs(g) < arb(10) ** -25 or g == f:
                break
            a, b, f = b, (b - g * (b - a) / (g - f)).mid(), g
            g = margin(b)
        return b if g.is_finite() and abs(g) < arb(10) ** -20 else None


def decided(function: Callable[[], Result]) -> Result:
    """Result of a function in the first precision that decides all its signs."""
    for bits in PRECISIONS:
        with ctx.workprec(bits):
            try:
                return function()
            except Undecided:
                continue
    raise Undecided(f"{PRECISIONS[-1]} bits do not decide a sign")


def rates_of(design: Design, direction: int) -> Rates:
    """Rates of a design, Eq. (1) and the paragraph after Eq. (7)."""
    v = {name: arb(design[name]) for name in FIELDS}
    hbar, omega_m = arb(h) / (2 * arb.pi()), v["omega_m"]
    omega_c = 2 * arb.pi() * arb(c) / v["wavelength"]
    kappa = omega_c / v["optical_quality"]
    drag = 1 - 1 / v["refractive_index"] ** 2 - v["dispersion"]
    shift = v["spin"] * v["refractive_index"] * v["radius"] * omega_c / arb(c) * drag
    coupling2 = (omega_c / v["radius"]) ** 2 * hbar / (v["mass"] * omega_m)
    drive2 = 2 * kappa * v["power"] / (hbar * (omega_c - v["detuning"]))
    return Rates(
        kappa=kappa / omega_m,
        gamma=v["gamma_m"] / omega_m,
        heating=v["gamma_m"] / omega_m * _two_phonons_plus_one(hbar * omega_m, v["temperature"]),
        detuning=v["detuning"] / omega_m,
        split=direction * shift / omega_m,
        backscattering=v["backscattering"] / omega_m,
        drive=coupling2 * drive2 / omega_m**4,
    )


def shifts_of(rates: Rates) -> list[arb]:
    """Real solutions x = G_0 q_s of Eq. (7), ascending."""
    light, photons = _modulus_and_photons(rates)
    return real_roots(light * arb_poly([0, 1]) - rates.drive * photons)


def real_roots(polynomial: arb_poly) -> list[arb]:
    """Real roots of a real polynomial, ascending.

    Each ball holds one root. A root is real where its ball meets the real axis and the mirror image
    of no other ball.
    """
    roots = _isolated(polynomial)
    real = [root.real for root in roots if _is_real(root, roots)]
    return sorted(real, key=lambda root: root.mid())


def drift_matrix(rates: Rates, x: arb) -> arb_mat:
    """Drift matrix A of Eq. (6) at a solution x."""
    r, kappa, J = rates, rates.kappa, rates.backscattering
    D_1, D_2 = r.detuning + r.split - x, r.detuning - r.split - x
    G_1, G_2 = _couplings(rates, D_1, D_2)
    return arb_mat(
        [
            [-kappa, D_1, 0, J, -G_1.imag, 0],
            [-D_1, -kappa, -J, 0, G_1.real, 0],
            [0, J, -kappa, D_2, -G_2.imag, 0],
            [-J, 0, -D_2, -kappa, G_2.real, 0],
            [0, 0, 0, 0, 0, 1],
            [G_1.real, G_1.imag, G_2.real, G_2.imag, -1, -r.gamma],
        ]
    )


def is_hurwitz(polynomial: arb_poly) -> bool:
    """Whether all roots of a polynomial have negative real parts, by Routh's array."""
    rising = polynomial.coeffs()[::-1]
    above, row = rising[0::2], rising[1::2]
    while row:
        if not _is_positive(row[0]):
            return False
        factor = above[0] / row[0]
        shorter = [*row[1:], arb(0)]
        above, row = row, [a - factor * b for a, b in zip(above[1:], shorter, strict=False)]
    return True


def spectral_margin(rates: Rates, polynomial: arb_poly) -> arb:
    """Minus the largest real part of a root of the characteristic polynomial det(s - A)."""
    if rates.drive.is_zero():
        return rates.kappa.min(_damping(rates.gamma))
    margin = -_largest([root.real for root in _isolated(polynomial)])
    if margin.contains(0):
        raise Undecided
    return margin


def covariance(rates: Rates, A: arb_mat) -> arb_mat:
    """Covariance V with A V + V A^T = -D, Eq. (11)."""
    diffusion = [rates.kappa] * 4 + [arb(0), rates.heating]
    matrix = [[arb(0)] * 21 for _ in PAIRS]
    for row, (i, j) in zip(matrix, PAIRS, strict=True):
        for n in range(6):
            row[UNKNOWN[n, j]] += A[i, n]
            row[UNKNOWN[i, n]] += A[j, n]
    right = [[-diffusion[i] if i == j else arb(0)] for i, j in PAIRS]
    try:
        solved = arb_mat(matrix).solve(arb_mat(right))
    except ZeroDivisionError:
        raise Undecided from None
    return arb_mat([[solved[UNKNOWN[i, j], 0] for j in range(6)] for i in range(6)])


def log_negativity(V: arb_mat) -> arb:
    """Unclipped logarithmic negativity -ln(2 nu_-) of the driven mode and the mirror, Eq. (12)."""
    light, motion = (0, 1), (4, 5)
    det_a, det_b, det_c = (
        _minor(V, *blocks) for blocks in ((light, light), (motion, motion), (light, motion))
    )
    both = _minor(V, light + motion, light + motion)
    sigma = det_a + det_b - 2 * det_c
    root = (sigma * sigma - 4 * both).nonnegative_part().sqrt()
    four_nu2 = 8 * both / (sigma + root)
    if not four_nu2 > 0:
        raise Undecided
    value = -four_nu2.log() / 2
    if not value.rad() < SMALL:
        raise Undecided
    return value


def state_at(rates: Rates, shifts: list[arb], branch: int) -> State:
    """Steady state at one of the solutions of Eq. (7)."""
    if branch >= len(shifts):
        return State(len(shifts), NO_SUCH_BRANCH)
    x = shifts[branch]
    A = drift_matrix(rates, x)
    polynomial = A.charpoly()
    margin = spectral_margin(rates, polynomial)
    if not is_hurwitz(polynomial):
        return State(len(shifts), UNSTABLE, x, margin)
    V = covariance(rates, A)
    return State(len(shifts), STABLE, x, margin, log_negativity(V), V)


def _two_phonons_plus_one(quantum: arb, temperature: arb) -> arb:
    return arb(1) if temperature == 0 else (quantum / (2 * arb(k) * temperature)).coth()


def _modulus_and_photons(r: Rates) -> tuple[arb_poly, arb_poly]:
    """|(kappa + i D_1)(kappa + i D_2) + J^2|^2 and kappa^2 + D_2^2 + J^2 as polynomials in x.

    At J = 0 they have a common factor, which is left out.
    """
    D_1, D_2 = arb_poly([r.detuning + r.split, -1]), arb_poly([r.detuning - r.split, -1])
    if r.backscattering.is_zero():
        return D_1 * D_1 + r.kappa**2, arb_poly([1])
    photons = D_2 * D_2 + (r.kappa**2 + r.backscattering**2)
    real = (r.kappa**2 + r.backscattering**2) - D_1 * D_2
    imaginary = r.kappa * (D_1 + D_2)
    return real * real + imaginary * imaginary, photons


def _couplings(r: Rates, D_1: arb, D_2: arb) -> tuple[acb, acb]:
    """Couplings G_1 and G_2 = sqrt(2) G_0 alpha, Eq. (7)."""
    driven, reflected = acb(r.kappa, D_1), acb(r.kappa, D_2)
    amplitude = (2 * r.drive).sqrt() / (driven * reflected + r.backscattering**2)
    return reflected * amplitude, acb(0, -r.backscattering) * amplitude


def _isolated(polynomial: arb_poly) -> list[acb]:
    """Complex roots in balls of one each; as eigenvalues where simultaneous iteration fails."""
    try:
        return polynomial.complex_roots(tol=arb(2) ** -(ctx.prec // 2))
    except ValueError:
        pass
    try:
        return _companion(polynomial).eig()
    except ValueError:
        raise Undecided from None


def _companion(polynomial: arb_poly) -> acb_mat:
    coefficients = polynomial.coeffs()
    degree = len(coefficients) - 1
    rows = [[acb(j == i + 1) for j in range(degree)] for i in range(degree - 1)]
    last = [acb(-each / coefficients[-1]) for each in coefficients[:-1]]
    return acb_mat([*rows, last])


def _is_real(root: acb, roots: list[acb]) -> bool:
    if not root.imag.contains(0):
        return False
    mirrored = root.conjugate()
    if sum(1 for other in roots if other.overlaps(mirrored)) > 1:
        raise Undecided
    return True


def _is_positive(value: arb) -> bool:
    if value > 0:
        return True
    if value < 0:
        return False
    raise Undecided


def _largest(values: list[arb]) -> arb:
    largest = values[0]
    for value in values[1:]:
        largest = largest.max(value)
    return largest


def _damping(gamma: arb) -> arb:
    """Slowest decay of s^2 + gamma s + 1."""
    if gamma <= 2:
        return gamma / 2
    return 2 / (gamma + (gamma * gamma - 4).sqrt())


def _minor(V: arb_mat, rows: tuple[int, ...], columns: tuple[int, ...]) -> arb:
    return arb_mat([[V[i, j] for j in columns] for i in rows]).det()
