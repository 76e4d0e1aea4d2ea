import jax.numpy as jnp
import numpy as np
import pytest

import jaxcom as jc
from optimize import Box, Linear, Log

DEVICE = jc.SpinningResonator()


def test_corners_and_middle():
    box = Box(spin=(1e3, 3e3), temperature=Log(1e-2, 1.0))
    assert box.names == ("spin", "temperature")
    low, middle, high = (box.design(DEVICE, jnp.full(2, u)) for u in (0.0, 0.5, 1.0))
    assert (low.spin, middle.spin, high.spin) == (1e3, 2e3, 3e3)
    np.testing.assert_allclose(
        [low.temperature, middle.temperature, high.temperature], [1e-2, 1e-1, 1.0], rtol=1e-15
    )
    assert middle.mass == DEVICE.mass


def test_coordinates_invert_the_design():
    box = Box(power=Linear(1e-3, 20e-3), optical_quality=Log(1e6, 1e9))
    unit = jnp.array([0.3, 0.8])
    np.testing.assert_allclose(box.coordinates(box.design(DEVICE, unit)), unit, rtol=1e-14)


@pytest.mark.parametrize(
    ("bounds", "error", "message"),
    [
        ({}, ValueError, "must free at least one field"),
        ({"spim": (0, 1)}, TypeError, "did you mean `spin`"),
        ({"spin": 3.0}, TypeError, "must be a pair"),
        ({"spin": (1, 2, 3)}, TypeError, "must be a pair"),
        ({"spin": (2.0, 1.0)}, ValueError, "low < high"),
        ({"spin": (0.0, float("nan"))}, ValueError, "low < high"),
        ({"spin": (0.0, float("inf"))}, ValueError, "finite"),
        ({"power": (-1.0, 1.0)}, ValueError, "at least 0"),
        ({"power": Log(0.0, 1.0)}, ValueError, "above 0 for Log"),
    ],
)
def test_bad_bounds(bounds, error, message):
    with pytest.raises(error, match=message):
        Box(**bounds)
