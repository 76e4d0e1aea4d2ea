"""Every stage of a few hundred designs of all kinds against ball arithmetic.

The library is evaluated operation by operation, without compiling its programs: that takes seconds
instead of minutes, so that `tests/mutation` can run this file for every mutant.
"""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

pytest.importorskip("flint", reason="needs python-flint: pip install python-flint")

from references import ball_arithmetic as truth
from references.design_groups import GROUPS, Batch, joined, rare
from references.verdicts import COUNT, FAST, STATE, UNDECIDED, Computed, faults_of

import jaxcom as jc
from jaxcom import closed_form, stability
from jaxcom.lyapunov import lyapunov
from jaxcom.mean_field import roots
from jaxcom.rates import Rates, normalized_rates

EPS = 2.0**-52
SIZES = {
    "paper": 150, "many roots": 150, "mild": 150, "wide": 100, "known": 38, "folds": 60, "rare": 33,
}  # fmt: skip
REGULAR = ("paper", "many roots", "mild", "wide")


@functools.cache
def batch() -> Batch:
    draw = GROUPS | {"rare": rare}
    return joined([draw[name](np.random.default_rng(1), size) for name, size in SIZES.items()])


def of_groups(*names: str) -> np.ndarray:
    """Whether each design is of one of these groups."""
    return np.repeat([name in names for name in SIZES], list(SIZES.values()))


@functools.cache
def true_states() -> list[list[truth.State]]:
    return [truth.steady_states(*batch().case(i)[:2]) for i in range(len(batch()))]


@functools.cache
def true_rates() -> list[truth.Rates]:
    return [truth.rates_of(*batch().case(i)[:2]) for i in range(len(batch()))]


@functools.cache
def true_state() -> list[truth.State | None]:
    """State of the branch of each design, None where it does not exist."""
    which = batch().branch.tolist()
    states = zip(true_states(), which, strict=True)
    return [every[branch] if branch < len(every) else None for every, branch in states]


def of_states(function) -> np.ndarray:
    """Numbers of the branch of each design; NaN where there are none."""
    numbers = [None if state is None else function(state) for state in true_state()]
    return np.array([np.nan if number is None else float(number) for number in numbers])


@functools.cache
def rates() -> Rates:
    with jax.disable_jit():
        return normalized_rates(batch().resonator(), batch().direction)


@functools.cache
def quintic() -> roots.Quintic:
    with jax.disable_jit():
        return roots.quintic(rates())


@functools.cache
def state() -> jc.SteadyState:
    with jax.disable_jit():
        found = jc.steady_state(batch().resonator(), batch().direction, branch=batch().branch)
    return jax.tree.map(np.asarray, found)


@functools.cache
def unclipped() -> np.ndarray:
    b = batch()
    with jax.disable_jit():
        return np.asarray(
            jc.entanglement(b.resonator(), b.direction, branch=b.branch, unclipped=True)
        )


def test_rates():
    for name in Rates.__dataclass_fields__:
        expected = np.array([float(getattr(each, name)) for each in true_rates()])
        np.testing.assert_allclose(getattr(rates(), name), expected, rtol=16 * EPS, err_msg=name)


def test_entanglement_by_the_elementwise_path():
    """Errors are proportional to the inverse of the margin of stability: see their median."""
    expected = of_states(lambda s: s.log_negativity)
    check(unclipped(), expected, rtol=0, atol=1e-7, median=1e-15)
    np.testing.assert_array_equal(np.isnan(unclipped())[regular()], np.isnan(expected)[regular()])


class TestRoots:
    """To a few roundings of the terms of the quintic over its slope."""

    @staticmethod
    @functools.cache
    def true_roots() -> np.ndarray:
        """Roots z = (x - Delta_c) / kappa, of shape (5, n), NaN where there are fewer."""
        found = np.full((5, len(batch())), np.nan)
        for i, (states, r) in enumerate(zip(true_states(), true_rates(), strict=True)):
            for k, each in enumerate(states):
                found[k, i] = float((each.shift - r.detuning) / r.kappa)
        return found

    @classmethod
    def roundings(cls, z: Any, true: np.ndarray) -> float:
        """Largest error of roots in roundings."""
        p = roots.Quintic(*map(np.asarray, quintic()))
        size = np.abs(true)
        optics = (2 * np.abs(p.m) + 2 * size) * (size**2 + 1 + p.r) ** 2
        terms = optics + p.sigma * ((size + np.abs(p.d)) ** 2 + 1 + p.j)
        u, v, w = true + p.m, true**2 + 1 - p.r, true + p.d
        slope = v * v + 4 * p.r + 4 * u * true * v - 2 * p.sigma * w
        unit = EPS * (terms / np.abs(slope) + size + np.abs(p.m))
        np.testing.assert_array_equal(np.isnan(z), np.isnan(true))
        return np.nanmax(np.abs(z - true) / unit)

    def test_all(self):
        with jax.disable_jit():
            count, z = roots.all_roots(quintic())
        np.testing.assert_array_equal(count, np.isfinite(self.true_roots()).sum(axis=0))
        assert set(np.unique(count)) == {1, 3, 5}
        assert self.roundings(z, self.true_roots()) < 4

    def test_of_branch(self):
        for branch in range(-1, 6):
            with jax.disable_jit():
                which = jnp.full(len(batch()), branch)
                count, z = roots.root_of_branch(quintic(), which)
            np.testing.assert_array_equal(count, np.isfinite(self.true_roots()).sum(axis=0))
            missing = np.full(len(batch()), np.nan)
            true = self.true_roots()[branch] if 0 <= branch < 5 else missing
            if np.isfinite(true).any():
                assert self.roundings(z, true) < 4
            else:
                assert np.isnan(z).all()

    def test_lowest(self):
        with jax.disable_jit():
            z, alone = roots.lowest_root_and_whether_alone(quintic())
        assert self.roundings(z, self.true_roots()[0]) < 4
        count = np.isfinite(self.true_roots()).sum(axis=0)
        assert (count[np.asarray(alone)] == 1).all()
        assert np.asarray(alone)[count == 1].mean() > 0.7

    def test_rising(self):
        with jax.disable_jit():
            found = [jnp.where(held, z, jnp.nan) for held, z in roots.rising_roots(quintic())]
        every_other = np.sort(self.true_roots()[::2], axis=0)
        for z, true in zip(np.sort(found, axis=0), every_other, strict=True):
            assert self.roundings(z, true) < 4

    def test_single_precision(self):
        """No product of three coefficients overflows."""
        single = jax.tree.map(lambda each: each.astype(np.float32), quintic())
        with jax.disable_jit():
            found = [(True, roots.lowest_root(single)), *roots.rising_roots(single)]
        for held, z in found:
            assert np.isfinite(np.where(held, z, 0)[of_groups("paper", "many roots")]).all()


class TestStates:
    """Values of the regular designs, and verdicts of all."""

    def test_verdicts(self):
        with jax.disable_jit():
            count = jc.mean_field(batch().resonator(), batch().direction).count
        s = state()
        found = Computed(np.asarray(count), unclipped(), s.status, s.margin, s.log_negativity)
        every = [f for i in range(len(batch())) for f in faults_of(batch(), i, found.at(i))]
        assert [f for f in every if f.name in (COUNT, FAST, STATE, UNDECIDED)] == []
        assert set(np.unique(s.status)) == {0, 1, 2}

    def test_displacement(self):
        shift = state().q_s * np.asarray(batch().resonator().coupling)
        check(shift / batch().fields["omega_m"], of_states(lambda s: s.shift), 1e-13)

    def test_drift(self):
        unit = batch().fields["omega_m"][:, None, None]
        error = np.abs(state().drift / unit - true_drift()).max(axis=(1, 2))
        assert np.nanmax((error / np.abs(true_drift()).max(axis=(1, 2)))[regular()]) < 1e-11

    def test_margin(self):
        error = state().margin / batch().fields["omega_m"] - of_states(lambda s: s.margin)
        size = np.abs(true_drift()).max(axis=(1, 2))
        assert np.nanmax((np.abs(error) / size)[regular()]) < 1e-14

    def test_covariance(self):
        expected = np.full((len(batch()), 6, 6), np.nan)
        for i, each in enumerate(true_state()):
            if each is not None and each.covariance is not None:
                expected[i] = floats(each.covariance)
        norm = np.linalg.norm(expected, axis=(1, 2))
        error = np.linalg.norm(state().covariance - expected, axis=(1, 2)) / norm
        assert np.nanmax(error[regular()]) < 1e-11

    def test_entanglement(self):
        expected = np.maximum(of_states(lambda s: s.log_negativity), 0)
        # The largest errors are those of light that decays 1e5 times more slowly than it rotates.
        check(state().log_negativity, expected, rtol=0, atol=1e-9, median=1e-15)

    def test_entanglement_of_the_reflected_mode(self):
        check(state().log_negativity_reflected, of_states(reflected), rtol=0, atol=1e-12)
        with jax.disable_jit():
            L = jnp.asarray(true_detunings())
            value = closed_form.log_negativity(rates(), L, reflected=True)
        check(np.maximum(value, 0), of_states(reflected), rtol=0, atol=1e-9, median=1e-15)


class TestLinearSystems:
    """Functions of any drift matrix, and the closed form of its characteristic polynomial."""

    @staticmethod
    def chosen() -> np.ndarray:
        """Designs whose rates do not differ by many decades: the general methods need that."""
        return of_groups("paper", "many roots") & np.isfinite(of_states(lambda s: s.margin))

    @classmethod
    def drift(cls) -> jax.Array:
        return jnp.asarray(true_drift()[cls.chosen()])

    @classmethod
    @functools.cache
    def coefficients(cls) -> tuple[np.ndarray, np.ndarray]:
        """Coefficients of det(s - A), and of the product of s + |root|, which cannot cancel."""
        states = [(true_state()[i], true_rates()[i]) for i in np.flatnonzero(cls.chosen())]
        exact = [truth.drift_matrix(r, s.shift).charpoly().coeffs()[-2::-1] for s, r in states]
        spectrum = np.linalg.eigvals(cls.drift())
        sizes = [np.poly(-np.abs(each))[1:] for each in spectrum]
        return np.array([[float(a) for a in each] for each in exact]), np.array(sizes)

    def test_characteristic_polynomial(self):
        some = jax.tree.map(lambda rate: rate[self.chosen()], rates())
        L = jnp.asarray(true_detunings()[self.chosen()])
        with jax.disable_jit():
            closed = closed_form.characteristic_coefficients(some, L)
            general = stability.routh_hurwitz_coefficients(self.drift())
        expected, size = self.coefficients()
        for found in (np.stack(closed, axis=-1), general):
            error = np.abs(found - expected) / size
            assert np.max(error) < 1e-10
            assert np.median(error) < 1e-15

    def test_stability(self):
        margin = of_states(lambda s: s.margin)[self.chosen()]
        a = jnp.asarray(self.coefficients()[0])
        clear = np.abs(margin) > 1e-6 * np.abs(self.drift()).max(axis=(1, 2))
        aside = jnp.asarray(1e-3 * np.abs(margin))
        with jax.disable_jit():
            hurwitz, growth = stability.is_hurwitz(a), stability.slowest_mode(a)[0]
            faster = [stability.decays_faster(a, margin + s * aside) for s in (-1, 1)]
        np.testing.assert_array_equal(hurwitz[clear], margin[clear] > 0)
        assert np.all(faster[0][clear])
        assert not np.any(faster[1][clear])
        np.testing.assert_allclose(growth[clear], -margin[clear], rtol=1e-6)

    @pytest.mark.parametrize(
        "solver", [jc.BartelsStewart(), jc.Hurwitz()], ids=lambda solver: type(solver).__name__
    )
    def test_covariance(self, solver):
        """`Hurwitz` may give up."""
        chosen = self.chosen() & (state().status == 0)
        unit = batch().fields["omega_m"][chosen, None, None]
        with jax.disable_jit():
            diffusion = state().diffusion[chosen] / unit
            V = lyapunov(true_drift()[chosen], diffusion, solver=solver)
        error = np.linalg.norm(V - state().covariance[chosen], axis=(1, 2))
        error /= np.linalg.norm(state().covariance[chosen], axis=(1, 2))
        assert np.isfinite(error).mean() > (0.6 if isinstance(solver, jc.Hurwitz) else 0.99)
        assert np.nanmax(error) < 1e-9
        assert np.nanmedian(error) < 1e-14


class TestDerivatives:
    """Against differences of ball arithmetic, by relative changes of the fields."""

    @staticmethod
    @functools.cache
    def chosen() -> np.ndarray:
        lit = batch().fields["power"] > 0
        return np.flatnonzero(of_groups(*REGULAR[:3]) & lit & (state().status == 0))[::12]

    @classmethod
    def function(cls):
        part = batch().take(cls.chosen())
        which = jnp.asarray(part.branch)

        def value(resonator):
            return jc.entanglement(resonator, part.direction, branch=which, unclipped=True)

        return value, part

    def test_gradient(self):
        value, part = self.function()
        with jax.disable_jit():
            (slopes,) = jax.vjp(value, part.resonator())[1](jnp.ones(len(part)))
        errors = []
        for i in range(len(part)):
            design = part.case(i)[0]
            names = [name for name in truth.FIELDS if design[name] != 0]
            found = np.array([float(getattr(slopes, name)[i]) * design[name] for name in names])
            expected = np.array([differences(part.case(i), (name,))[0] for name in names])
            errors.append(np.abs(found - expected).max() / np.abs(expected).max())
        assert np.max(errors) < 1e-6
        assert np.median(errors) < 1e-11

    def test_second_derivative(self):
        """Along a change of four fields; near edges it has few digits."""
        value, part = self.function()
        names = ("power", "detuning", "optical_quality", "backscattering")
        resonator = part.resonator()
        moves = [getattr(resonator, n) * float(n in names) for n in truth.FIELDS]
        along = jax.tree.unflatten(jax.tree.structure(resonator), moves)

        def slope(resonator):
            return jax.jvp(value, (resonator,), (along,))[1]

        with jax.disable_jit():
            found = np.stack(jax.jvp(slope, (resonator,), (along,)))
        expected = np.transpose([differences(part.case(i), names) for i in range(len(part))])
        errors = np.abs(found / expected - 1)
        assert np.all(np.median(errors, axis=1) < 1e-9)
        assert np.all(np.quantile(errors, 0.8, axis=1) < 1e-6)


def check(found, expected, rtol: float, atol: float = 0.0, median: float | None = None) -> None:
    """Compare numbers of the regular designs; the median of absolute errors has its own bound."""
    found, expected = np.asarray(found)[regular()], expected[regular()]
    known = np.isfinite(expected)
    np.testing.assert_allclose(found[known], expected[known], rtol=rtol, atol=atol)
    if median is not None:
        assert np.median(np.abs(found - expected)[known]) < median


def regular() -> np.ndarray:
    return of_groups(*REGULAR)


def floats(matrix: truth.arb_mat) -> np.ndarray:
    return np.array([[float(matrix[i, j]) for j in range(6)] for i in range(6)])


@functools.cache
def true_drift() -> np.ndarray:
    """Drift matrices in units of omega_m; NaN where the branch does not exist."""
    found = np.full((len(batch()), 6, 6), np.nan)
    for i, (state, r) in enumerate(zip(true_state(), true_rates(), strict=True)):
        if state is not None:
            found[i] = floats(truth.drift_matrix(r, state.shift))
    return found


def true_detunings() -> np.ndarray:
    """Effective detunings in units of omega_m."""
    pairs = zip(true_state(), true_rates(), strict=True)
    return np.array([np.nan if s is None else float(r.detuning - s.shift) for s, r in pairs])


def reflected(state: truth.State) -> float | None:
    """E_N of the reflected mode and the mirror; None without a steady state."""
    if state.covariance is None:
        return None
    order = [2, 3, 0, 1, 4, 5]
    V = truth.arb_mat([[state.covariance[i, j] for j in order] for i in order])
    with truth.ctx.workprec(256):
        try:
            return max(0.0, float(truth.log_negativity(V)))
        except truth.Undecided:  # a mode in vacuum
            return 0.0


def differences(case: tuple, names: tuple[str, ...]) -> tuple[float, float]:
    """First and second derivative of -ln(2 nu_-) by a relative change of some fields.

    The step is 2^-30, and the error of E_N is below 2^-100: both derivatives have 12 digits.
    """
    design, direction, branch = case
    moves = [truth.moved(design, dict.fromkeys(names, ulps)) for ulps in (-(2**22), 0, 2**22)]
    below, here, above = (truth.steady_state(m, direction, branch).log_negativity for m in moves)
    with truth.ctx.workprec(256):
        first, second = (above - below) / 2, above - 2 * here + below
        return float(first) * 2.0**30, float(second) * 2.0**60
