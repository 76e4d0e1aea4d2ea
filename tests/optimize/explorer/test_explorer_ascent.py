"""Gradient ascent, one step at a time."""

import numpy as np
import pytest

import jaxcom as jc
from jaxcom import merit
from optimize import Box, objectives
from optimize.explorer.ascent import MAX_STEP, ascent

DESIGN = jc.SpinningResonator(detuning=1.5 * 63e6)
BOX = Box(detuning=(-63e6, 252e6), power=(0.0, 0.02))


@pytest.fixture(scope="module")
def climb():
    """The ascent of E_N for light from the right."""
    return ascent(objectives.NAMED["right"])


def test_the_score_increases_by_small_steps_within_the_box(climb):
    designs = [DESIGN, *climb(DESIGN, BOX)]
    scores = [float(jc.entanglement(d, jc.RIGHT, unclipped=True)) for d in designs]
    units = np.array([BOX.coordinates(d) for d in designs])
    assert np.all(np.diff(scores) > 0)
    assert np.abs(np.diff(units, axis=0)).max() <= MAX_STEP * (1 + 1e-9)
    assert np.all((units >= 0) & (units <= 1))


def test_it_ends_at_the_maximum(climb):
    """At full power, and at the detuning of the largest entanglement."""
    last = list(climb(DESIGN, BOX))[-1]
    assert last.power == pytest.approx(0.02)
    best = merit.largest_entanglement(DESIGN.replace(power=0.02), jc.RIGHT)
    assert float(jc.entanglement(last, jc.RIGHT)) == pytest.approx(float(best.value), abs=1e-5)


def test_no_step_without_a_steady_state(climb):
    assert not list(climb(DESIGN.replace(detuning=-50e6), BOX))
