import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxcom as jc
from optimize.robustness import Normal, Relative, Tolerances, Uniform
from optimize.robustness.tolerances import quasi_random, random
from optimize.search.sampling import require_counts

DEVICE = jc.SpinningResonator(backscattering=40e6)
TOLERANCES = Tolerances(
    temperature=Uniform(0.02), backscattering=Relative(Normal(0.02)), detuning=Normal(1e6)
)


def test_perturbed_fields():
    """Deviates are in alphabetical order, in standard deviations; other fields are unchanged."""
    assert TOLERANCES.names == ("backscattering", "detuning", "temperature")
    device = TOLERANCES.perturbed(DEVICE, jnp.array([[1.0, 2.0, -1.0], [0.0, 0.0, 0.0]]))
    np.testing.assert_allclose(device.backscattering, [40e6 * 1.02, 40e6], rtol=1e-15)
    np.testing.assert_allclose(device.detuning, [65e6, 63e6], rtol=1e-15)
    np.testing.assert_allclose(device.temperature, [0.13 - 0.02 / 3**0.5, 0.13], rtol=1e-15)
    assert (device.spin, device.power) == (DEVICE.spin, DEVICE.power)


def test_a_value_is_put_on_the_bound_of_its_range():
    cold = Tolerances(temperature=Normal(0.1), power=Relative(Normal(0.5)))
    device = cold.perturbed(DEVICE, jnp.array([-3.0, -2.0]))
    assert (device.power, device.temperature) == (0.0, 0.0)
    assert jnp.isfinite(jc.entanglement(device, jc.LEFT))


def test_the_slope_on_the_bound_is_the_inward_slope():
    def temperature(deviate):
        cold = jc.SpinningResonator(temperature=0.0)
        return Tolerances(temperature=Normal(0.1)).perturbed(cold, deviate[None]).temperature

    assert jax.grad(temperature)(jnp.array(0.0)) == 0.1


def test_sobol_points_beat_random_ones():
    """Error of the mean of a smooth function: 256 Sobol points against 256 random ones."""

    def error(deviates):
        return abs(np.exp(deviates @ [0.3, 0.2, 0.1]).mean() - exact)

    uniform = np.sinh(0.1 * 3**0.5) / (0.1 * 3**0.5)  # of temperature, the last
    exact = np.exp((0.3**2 + 0.2**2) / 2) * uniform
    sobol = [error(quasi_random(TOLERANCES, 256, seed)) for seed in range(10)]
    by_chance = [error(random(TOLERANCES, 256, seed)) for seed in range(10)]
    assert max(sobol) < np.median(by_chance) / 3
    assert max(by_chance) < 5 * 0.4 / 16  # five standard errors


def test_seeds_reproduce():
    for draw in (quasi_random, random):
        np.testing.assert_array_equal(draw(TOLERANCES, 100, 3), draw(TOLERANCES, 100, 3))
        assert not np.array_equal(draw(TOLERANCES, 100, 3), draw(TOLERANCES, 100, 4))


def test_deviates_are_finite_at_the_ends():
    assert np.isfinite(TOLERANCES.deviates(np.array([[0.0] * 3, [1.0] * 3]))).all()


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({}, ValueError, "at least one field"),
        ({"spim": Normal(1.0)}, TypeError, "did you mean `spin`"),
        ({"spin": 0.02}, TypeError, "`spin` must be Normal, Uniform or Relative, but is 0.02"),
    ],
)
def test_bad_tolerances(given, error, message):
    with pytest.raises(error, match=message):
        Tolerances(**given)


@pytest.mark.parametrize("samples", [1, 2.5, -4])
def test_bad_numbers_of_samples(samples):
    with pytest.raises(ValueError, match="`samples` must be a whole number from 2, but is"):
        require_counts(minimum=2, samples=samples)
