"""Uphill, a step at a time."""

import numpy as np
import pytest

import jaxcom as jc
from jaxcom import merit
from optimize import Box, objectives
from optimize.explorer.ascent import LONGEST, ascent

DESIGN = jc.SpinningResonator(detuning=1.5 * 63e6)
BOX = Box(detuning=(-63e6, 252e6), power=(0.0, 0.02))


@pytest.fixture(scope="module")
def climb():
    return ascent(objectives.NAMED["right"])


def test_each_step_leads_higher_by_small_steps_within_the_box(climb):
    way = [DESIGN, *climb(DESIGN, BOX)]
    heights = [float(jc.entanglement(d, jc.RIGHT, unclipped=True)) for d in way]
    places = np.array([BOX.coordinates(d) for d in way])
    assert np.all(np.diff(heights) > 0)
    assert np.abs(np.diff(places, axis=0)).max() <= LONGEST * (1 + 1e-9)
    assert np.all((places >= 0) & (places <= 1))


def test_it_ends_at_the_maximum(climb):
    """At full power, and where the slope by the detuning ends: by the search of its maximum."""
    last = list(climb(DESIGN, BOX))[-1]
    assert last.power == pytest.approx(0.02)
    best = merit.largest_entanglement(DESIGN.replace(power=0.02), jc.RIGHT)
    assert float(jc.entanglement(last, jc.RIGHT)) == pytest.approx(float(best.value), abs=1e-5)


def test_nothing_to_climb_where_there_is_no_steady_state(climb):
    assert not list(climb(DESIGN.replace(detuning=-50e6), BOX))
