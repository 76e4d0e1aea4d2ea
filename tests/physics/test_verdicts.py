"""Counts, verdicts and E_N of hard designs against ball arithmetic."""

import functools

import numpy as np
import pytest

pytest.importorskip("flint", reason="needs python-flint: pip install python-flint")

from references import ball_arithmetic
from references.design_groups import GROUPS, Batch
from references.reference_states import CASES, FIELDS
from references.verdicts import CONTRADICTION, COUNT, FAST, STATE, UNDECIDED, Comparison, compare

SIZE, SAMPLE = 10_000 // (len(GROUPS) - 1), 100

# Margin in omega_m that the rounding of the effective detuning, a float, may cost.
RESOLVED = 1e-15


@functools.cache
def comparison(group: str) -> tuple[Batch, Comparison]:
    batch = GROUPS[group](np.random.default_rng(1), SIZE)
    return batch, compare(batch, SAMPLE)


def described(group: str, names: tuple[str, ...]) -> list[tuple]:
    batch, found = comparison(group)
    return [
        (fault.name, fault.text, batch.case(fault.index))
        for fault in found.faults
        if fault.name in names and abs(margin(batch, fault.index)) > RESOLVED
    ]


def margin(batch: Batch, index: int) -> float:
    return float(ball_arithmetic.steady_state(*batch.case(index)).margin)


@pytest.mark.slow
@pytest.mark.parametrize("group", GROUPS)
def test_no_wrong_count_or_verdict(group):
    assert described(group, (COUNT, FAST, STATE, UNDECIDED)) == []


@pytest.mark.slow
@pytest.mark.parametrize("group", GROUPS)
def test_margin_and_status_agree(group):
    assert described(group, (CONTRADICTION,)) == []


@pytest.mark.parametrize("index", [0, 60, 120, 180, 229])
def test_ball_arithmetic_meets_the_reference_states(index):
    case = CASES[index]
    design = {name: case["design"][key] for key, name in FIELDS.items()}
    states = ball_arithmetic.steady_states(design, int(case["design"]["direction"]))
    assert len(states) == len(case["branches"])
    for state, branch in zip(states, case["branches"], strict=True):
        assert (state.status == ball_arithmetic.STABLE) == branch["stable"]
        abscissa = branch["spectral_abscissa"] / design["omega_m"]
        assert float(state.margin) == pytest.approx(-abscissa, rel=1e-12)
        if branch["stable"]:
            value = max(0.0, float(state.log_negativity))
            assert value == pytest.approx(branch["log_negativity_driven"], rel=1e-14, abs=1e-15)
            V = [[float(state.covariance[i, j]) for j in range(6)] for i in range(6)]
            np.testing.assert_allclose(V, branch["covariance"], rtol=1e-12, atol=1e-14)


def test_five_solutions_are_found():
    batch = GROUPS["many roots"](np.random.default_rng(0), 20)
    counts = {ball_arithmetic.count(*batch.case(i)[:2]) for i in range(20)}
    assert counts <= {1, 3, 5}
    assert 5 in counts


def test_folds_separate_designs_with_different_counts():
    batch = GROUPS["folds"](np.random.default_rng(0), 20)
    below, above = (
        [ball_arithmetic.count(*batch.case(i)[:2]) for i in range(side, 20, 2)] for side in (0, 1)
    )
    np.testing.assert_array_equal(np.abs(np.subtract(below, above)), 2)
