import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import norm

from optimize.robustness import Mean, Quantile, WorstCase, YieldAbove

VALUES = jnp.asarray(np.random.default_rng(0).normal(0.1, 0.03, 256))
ALL = [Mean(), WorstCase(), Quantile(0.05), YieldAbove(0.1)]


@eqx.filter_jit
def smooth(measure, scores):
    return measure.smooth(scores, jnp.maximum(scores, 0.0))


@eqx.filter_jit
def slopes_of(measure, scores):
    return jax.grad(lambda s: smooth(measure, s))(scores)


def test_numbers():
    values = np.asarray(VALUES)
    assert Mean().value(VALUES) == pytest.approx(values.mean())
    assert WorstCase().value(VALUES) == values.min()
    assert Quantile(0.05).value(VALUES) == np.quantile(values, 0.05, method="inverted_cdf")
    assert YieldAbove(0.1).value(VALUES) == np.mean(values > 0.1)


def test_quantile_and_yield_are_of_one_smooth_distribution():
    """F(q) = level and F(t) = 1 - yield, with F as in the docstring of `Quantile`."""
    scores = np.asarray(VALUES)
    h = (4 / 256) ** (1 / 3) * scores.std()
    for level in (0.05, 0.9):
        place = float(smooth(Quantile(level), VALUES))
        assert abs(norm.cdf((place - scores) / h).mean() - level) < 1e-13
        assert abs(float(smooth(YieldAbove(place), VALUES)) - (1 - level)) < 1e-13


def test_the_width_has_the_least_error():
    """Error of the estimated distribution function of normal scores, over 1000 samples of 64."""
    samples = np.random.default_rng(1).normal(size=(1000, 64, 1))
    places = np.linspace(-3, 3, 25)
    best = (4 / 64) ** (1 / 3)

    def error(h):
        found = norm.cdf((places - samples) / h).mean(axis=1)
        return np.mean((found - norm.cdf(places)) ** 2)

    errors = [error(factor * best) for factor in (0.01, 0.6, 1.0, 1.6)]
    assert errors[2] == min(errors)


@pytest.mark.parametrize("measure", ALL, ids=lambda m: m.label("f"))
def test_slopes(measure):
    """Against central differences, which lose 1e-10 to rounding and the step's square."""
    slopes, step = slopes_of(measure, VALUES), 1e-6
    for k in [0, 17, int(VALUES.argmin()), int(VALUES.argmax())]:
        up, down = (smooth(measure, VALUES.at[k].add(sign * step)) for sign in (1, -1))
        assert abs((up - down) / (2 * step) - slopes[k]) < 1e-8


@pytest.mark.parametrize("measure", ALL, ids=lambda m: m.label("f"))
def test_slopes_where_all_scores_are_negative(measure):
    scores = VALUES - 1.0
    assert smooth(measure, scores) < 0
    slopes = slopes_of(measure, scores)
    assert jnp.isfinite(slopes).all()
    assert slopes.sum() == pytest.approx(
        1.0
    )  # a common shift of the scores is a shift of the measure


@pytest.mark.parametrize("measure", ALL, ids=lambda m: m.label("f"))
def test_equal_scores(measure):
    """Equal scores have no spread, and nothing is divided by it."""
    equal = jnp.full(256, 0.2)
    assert smooth(measure, equal) == pytest.approx(float(measure.value(equal)))
    assert jnp.isfinite(slopes_of(measure, equal)).all()


def test_the_mean_is_of_values_where_they_are_positive():
    """Score and value have the same maximum even if some devices count as 0."""
    scores = jnp.array([-0.5, 0.3])
    assert smooth(Mean(), scores) == Mean().value(jnp.maximum(scores, 0.0))


@pytest.mark.parametrize("level", [0.0, 1.0, -0.1, float("nan")])
def test_bad_levels(level):
    with pytest.raises(ValueError, match="`level` must be above 0 and below 1, but is"):
        Quantile(level)


@pytest.mark.parametrize("threshold", [-0.1, float("inf"), float("nan")])
def test_bad_thresholds(threshold):
    with pytest.raises(ValueError, match="`threshold` must be finite and at least 0, but is"):
        YieldAbove(threshold)
