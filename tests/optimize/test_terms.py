"""Terms of a problem and their slopes by all unknowns, against differences and other paths."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxcom as jc
from optimize import Box, Log, maximize, objectives
from optimize.constraints import AtLeast, Equal, EqualPhotons, SingleValued, Stable
from optimize.maximize import build_problem
from optimize.operating_point import LowestBranch
from optimize.search import tables
from optimize.search.curvature import curvature
from optimize.search.evaluation import Parts as Weights
from optimize.search.evaluation import (
    along_branch,
    designs,
    dimension,
    evaluate,
    linearize,
    on_lowest_branch,
    parts_with_slopes,
)

OMEGA_M = 63e6
DEVICE = jc.SpinningResonator(backscattering=10e6)
BOX = Box(
    spin=(0, 30e3), power=(1e-3, 20e-3), detuning=(-OMEGA_M, 4 * OMEGA_M), temperature=Log(0.01, 1)
)
CONSTRAINTS = [
    Stable(1e3, ("left",)), SingleValued(), AtLeast(objectives.OneWay("left"), 0.01),
    EqualPhotons(), Equal("power", 10e-3),
]  # fmt: skip
UNITS = np.array([[0.6, 0.8, 0.7, 0.3], [0.58, 0.4, 0.9, 0.6]])  # detuning, power, spin, T


def problem(objective=objectives.abs_nonreciprocity, constraints=CONSTRAINTS):
    return build_problem(objective, DEVICE, BOX, constraints=constraints, margin=1e-3 * OMEGA_M)


def test_tables_agree_with_the_functions_of_the_library():
    found = np.asarray(tables.tables(designs(problem(), UNITS)))
    for unit, table in zip(UNITS, found, strict=True):
        point = LowestBranch(problem().design(jnp.asarray(unit)))
        for k, side in enumerate((jc.LEFT, jc.RIGHT)):
            state = jc.steady_state(point.resonator, side)
            shift = float(state.q_s) * float(point.resonator.coupling) / OMEGA_M
            assert table[k, 0] == pytest.approx(shift, rel=1e-12)
            assert abs(table[k, 1]) < 1e-14
            assert table[k, 2] == pytest.approx(float(point.log_negativity((side,))[0]), abs=1e-12)
            assert table[k, 3] * OMEGA_M == pytest.approx(float(state.margin), rel=1e-9)


@pytest.mark.parametrize("name", ["abs_nonreciprocity", "isolate-left", "classical"])
def test_slopes_by_all_unknowns(name):
    """Against central differences: 1e-6 of slopes of order 1 to 100.

    `SingleValued` is left out: points in the place of turning points that do not exist have none.
    """
    given = problem(objectives.NAMED[name], [CONSTRAINTS[0], *CONSTRAINTS[2:]])
    point, step = on_lowest_branch(given, UNITS)[0] + 0.01, 1e-6
    slopes = parts_with_slopes(given, point[None])[1]
    for k, move in enumerate(step * np.eye(point.size)):
        ends, _, _ = parts_with_slopes(given, np.stack([point + move, point - move]))
        for slope, end in zip(slopes, ends, strict=True):
            expected = (end[0] - end[1]) / (2 * step)
            np.testing.assert_allclose(slope[0][..., k], expected, rtol=1e-5, atol=1e-5)


def test_slopes_along_the_lowest_branch_are_those_of_the_library():
    given = problem(constraints=[])
    points = on_lowest_branch(given, UNITS)
    found = along_branch(linearize(given, UNITS, points[:, dimension(given) :]))

    def terms(unit):
        return given.objective.terms_at(LowestBranch(given.design(unit)))

    for unit, smooth, hinges in zip(UNITS, found.smooth, found.hinges, strict=True):
        expected = jax.jacfwd(terms)(jnp.asarray(unit))
        np.testing.assert_allclose(smooth, expected[0], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(hinges, expected[1], rtol=1e-9, atol=1e-12)


def test_curvature_against_the_exact_hessian():
    """In one dimension, where the Lagrangian with Eq. (7) has the curvature along the branch."""
    given = build_problem(objectives.OneWay("left"), DEVICE, Box(detuning=(-OMEGA_M, 4 * OMEGA_M)))
    unit = jnp.array([0.28])
    exact = jax.hessian(lambda u: given.objective.score(given.design(u)))(unit)[0, 0]
    point = on_lowest_branch(given, np.asarray(unit)[None])[0]
    _, slopes, scales = parts_with_slopes(given, point[None])
    balance = -slopes.smooth[0, 1] / slopes.equalities[0, 0, 1]  # the multiplier of Eq. (7)
    weights = Weights(np.array(1.0), np.zeros(0), np.zeros(scales.shape[1]), np.array([balance]))
    found = curvature(given, point, weights)
    along = np.array([1.0, -slopes.equalities[0, 0, 0] / slopes.equalities[0, 0, 1]])
    assert along @ found.hessian @ along == pytest.approx(float(exact), rel=1e-7)
    assert found.error < 1e-6 * abs(float(exact))


def test_values_are_nan_where_unstable():
    values, terms, _ = evaluate(problem(constraints=[]), np.array([[0.1, 0.9, 0.3, 0.5], UNITS[0]]))
    assert np.isnan(values[0])
    assert np.isfinite(values[1])
    assert terms.margins[0].min() < 0 < terms.margins[1].min()


def test_another_problem_does_not_compile_the_model_again():
    maximize(objectives.OneWay("left"), DEVICE, Box(power=(1e-3, 2e-3)), starts=2, progress=False)
    programs = (tables.tables, tables.tables_with_slopes, tables.lowest_shifts)
    before = [program._cache_size() for program in programs]
    maximize(
        objectives.Preference("right"), DEVICE, Box(spin=(1e4, 2e4), detuning=(1.4e8, 1.6e8)),
        constraints=[Equal("spin", 1.5e4)], margin=2e3, starts=3, rounds=1, progress=False,
    )  # fmt: skip
    assert [program._cache_size() for program in programs] == before


def test_another_box_margin_and_bound_compile_nothing_of_a_search(caplog):
    """Up to four free fields share all programs; what JAX compiles are single operations."""

    def search(box, bound, margin):
        limits = [Equal("spin", bound), AtLeast("power", 1e-4 * bound)]
        options = {"constraints": limits, "starts": 2, "rounds": 1, "progress": False}
        return maximize(objectives.OneWay("left"), DEVICE, box, margin=margin, **options)

    search(Box(power=(1e-3, 5e-3), spin=(0, 1e4)), 10.0, 2e3)
    with jax.log_compiles(True), caplog.at_level("WARNING"):
        search(Box(detuning=(1e7, 2e7), mass=Log(5e-12, 2e-11), spin=(0, 2e4)), 20.0, 3e3)
    compiled = {m.split("jit(")[1].split(")")[0] for m in caplog.messages if "XLA compil" in m}
    own = {"tables", "tables_with_slopes", "lowest_shifts", "_values", "_linear", "_stepped"}
    assert not compiled & own
