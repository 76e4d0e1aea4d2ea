"""The robust optimum is better than the nominal one on devices that no search has used."""

import functools

import jax.numpy as jnp
import numpy as np
import pytest
from references.toleranced_devices import (
    DEVICE,
    OMEGA_M,
    TOLERANCES,
    abs_nonreciprocity,
    built,
    random_deviates,
)

import jaxcom as jc
from optimize import Box, SearchStatus, objectives
from optimize.robustness import (
    Mean,
    Normal,
    Quantile,
    Tolerances,
    estimates,
    robust_design,
    robustness_figure,
)
from optimize.robustness.tolerances import quasi_random

SIGMA, STEEP = 0.05, 20.0
SPIN = Tolerances(spin=Normal(SIGMA * 1e4))


def slope_and_cliff(resonator):
    """x - exp(20 (x - 1)): for sigma 0.05, E exp(20 z) = exp(1 / 2)."""
    x = resonator.spin / 1e4
    return x - jnp.exp(STEEP * (x - 1))


@functools.cache
def in_closed_form():
    objective = objectives.FromFunction(slope_and_cliff, name="f", directions=())
    few = {"starts": 2, "steps": 50, "polish": 1, "progress": False}
    device, box = jc.SpinningResonator(), Box(spin=(0.0, 2e4))
    return robust_design(objective, device, box, SPIN, Mean(), samples=256, **few)


def test_optima_in_closed_form():
    """x = 1 - ln(20 m) / 20, where m is 1 or the mean of exp(20 sigma z) over the samples.

    The polish stops at relative slopes of 1e-13, an error of 1e-14 in x; 1e-9 is a safe bound.
    """
    found = in_closed_form()
    deviates = quasi_random(SPIN, 256, seed=0)
    for candidate, m in ((found.nominal, 1.0), (found.robust, np.exp(deviates).mean())):
        expected = 1e4 * (1 - np.log(STEEP * m) / STEEP)
        assert candidate.optimum.status is SearchStatus.CONVERGED
        assert candidate.optimum.design.spin == pytest.approx(expected, rel=1e-9)
    exact = 1e4 * (1 - np.log(STEEP * np.exp(0.5)) / STEEP)
    assert found.robust.optimum.design.spin == pytest.approx(exact, rel=1e-3)  # of 256 points


def test_the_gain_in_closed_form():
    """E f = x - exp(20 (x - 1) + 1 / 2)."""
    found = in_closed_form()

    def mean(x):
        return x - np.exp(STEEP * (x - 1) + 0.5)

    new, old = (mean(c.optimum.design.spin / 1e4) for c in (found.robust, found.nominal))
    assert 0 < found.gain.low < new - old < found.gain.high
    assert found.robust.evaluation.value < found.nominal.evaluation.value


def test_prints_as_a_table():
    text = str(in_closed_form())
    for word in ("nominal optimum", "robust optimum", "rad/s", "converged", "gain in mean of f"):
        assert word in text


def test_figure():
    figure = robustness_figure(in_closed_form())
    unstable, delivered, deviation, shift = figure.axes
    labels = [text.get_text() for text in delivered.get_legend().get_texts()]
    assert labels[0] == "nominal optimum"
    assert "robust optimum" in labels
    assert [text.get_text() for text in unstable.texts] == ["0.00%", "0.00%"]
    assert len(deviation.patches) == len(shift.patches) == 2


@functools.cache
def of_the_entanglement(measure, power):
    box = Box(spin=(0.0, 30e3), power=(1e-3, power), detuning=(-OMEGA_M, 4 * OMEGA_M))
    few = {"starts": 16, "rounds": 1, "polish": 2, "progress": False}
    return robust_design(
        objectives.abs_nonreciprocity, DEVICE, box, TOLERANCES, measure, samples=128, **few
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("measure", "power"), [(Mean(), 20e-3), (Mean(), 100e-3), (Quantile(0.1), 100e-3)]
)
def test_robust_beats_nominal_on_fresh_devices(measure, power):
    """Both by the evaluation and by plain NumPy Monte Carlo on the SciPy path with other devices.

    An unstable device counts as 0 in both.
    """
    found = of_the_entanglement(measure, power)
    assert found.gain.low > 0
    deviates = random_deviates(16_384, seed=11)
    designs = (c.optimum.design for c in (found.robust, found.nominal))
    new, old = (np.nan_to_num(abs_nonreciprocity(built(d, deviates))) for d in designs)
    parts = [
        float(measure.value(jnp.asarray(a)) - measure.value(jnp.asarray(b)))
        for a, b in zip(np.split(new, 16), np.split(old, 16), strict=True)
    ]
    plain = estimates.over_batches(np.array(parts))
    assert plain.low > 0
    for candidate, values in ((found.robust, new), (found.nominal, old)):
        theirs, ours = measure.estimate(values), candidate.evaluation.estimate(measure)
        # Twice its 95 % interval is four standard errors of the smaller sample.
        assert abs(theirs.value - ours.value) <= theirs.high - theirs.low


@pytest.mark.slow
def test_the_robust_design_is_stable_where_the_nominal_one_is_not():
    """At 100 mW the nominal optimum is at the edge of stability: half of its devices fail."""
    found = of_the_entanglement(Mean(), 100e-3)
    assert found.nominal.evaluation.unstable.low > 0.1
    assert found.robust.evaluation.unstable.high < 0.01
    assert found.robust.evaluation.value < found.nominal.evaluation.value
    assert found.robust.optimum.left.verified.margin > 0
    assert found.robust.optimum.right.verified.margin > 0


def test_unknown_options():
    with pytest.raises(TypeError, match="strats"):
        robust_design(slope_and_cliff, DEVICE, Box(spin=(0.0, 2e4)), SPIN, Mean(), strats=3)
