import jax.numpy as jnp
import numpy as np
import pytest
from references.toleranced_devices import (
    DEVICE,
    TOLERANCES,
    abs_nonreciprocity,
    built,
    random_deviates,
)

import jaxcom as jc
from optimize import objectives
from optimize.robustness import (
    Mean,
    Normal,
    Quantile,
    Tolerances,
    WorstCase,
    YieldAbove,
    evaluate,
    gain,
)

SPIN = Tolerances(spin=Normal(1.0))


def above_zero(resonator):
    """Value x where x > 0, no steady state elsewhere."""
    return jnp.where(resonator.spin > 0, resonator.spin, jnp.nan)


def at(spin, **options):
    return evaluate(above_zero, jc.SpinningResonator(spin=spin), SPIN, **options)


def test_against_plain_monte_carlo():
    """Measures agree with those of other random devices on the SciPy path, within intervals."""
    found = evaluate(objectives.abs_nonreciprocity, DEVICE, TOLERANCES, fresh_samples=10_000)
    values = abs_nonreciprocity(built(DEVICE, random_deviates(10_000, seed=6)))
    assert not np.isnan(values).any()
    assert np.isnan(found.values).sum() == 0
    for measure in (Mean(), Quantile(0.05), YieldAbove(0.12)):
        ours, theirs = found.estimate(measure), measure.estimate(values)
        # Twice the interval of either is four standard errors, 2.8 of the difference.
        assert abs(ours.value - theirs.value) < ours.high - ours.low


def test_unstable_devices_count_as_zero():
    """Of x ~ N(0, 1) half are unstable; the mean of the rest is 1 / sqrt(2 pi)."""
    found = at(0.0)
    assert found.unstable.low < 0.5 < found.unstable.high
    mean = found.estimate(Mean())
    assert mean.low < (2 * np.pi) ** -0.5 < mean.high
    assert found.estimate(Quantile(0.4)).value == 0.0
    assert found.estimate(WorstCase()).value == 0.0
    assert abs(found.estimate(YieldAbove(0.5)).value - 0.3085) < 0.005  # 1 - Phi(1/2)


def test_the_gain_is_paired():
    """For x + 0.01 against x the difference is 0.01 in each device, with a narrow interval."""
    new, old = at(8.01), at(8.0)
    found = gain(new, old, Mean())
    assert found.value == pytest.approx(0.01)
    assert found.high - found.low < 1e-9
    assert not new.estimate(Mean()).low > old.estimate(Mean()).high
    for measure in (Quantile(0.05), WorstCase()):
        assert gain(new, old, measure).value == pytest.approx(0.01)


def test_intervals_of_the_gain_cover_the_truth():
    """The mean of max(x, 0) rises from 0 to 0.1 by Phi'(0.1) + 0.1 Phi(0.1) - Phi'(0)."""
    few = {"fresh_samples": 4096}
    truth = 0.39695 + 0.1 * 0.53983 - 0.39894
    held = [
        (e := gain(at(0.1, seed=s, **few), at(0.0, seed=s, **few), Mean())).low < truth < e.high
        for s in range(60)
    ]
    assert 51 <= sum(held) <= 60  # of 60 at 95 %: fewer than 51 has a probability of 1e-3


def test_only_the_same_devices_are_compared():
    with pytest.raises(ValueError, match="seeds 1 and 2"):
        gain(at(1.0), at(1.0, seed=2), Mean())


def test_too_few_samples():
    with pytest.raises(
        ValueError, match="`fresh_samples` must be a whole number from 64, but is 63"
    ):
        at(1.0, fresh_samples=63)
