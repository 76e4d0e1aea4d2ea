"""The baselines agree with the reference states."""

import numpy as np
import pytest
from references import baselines
from references.reference_states import DESIGNS, DIRECTIONS, branches


@pytest.mark.parametrize("baseline", [baselines.from_design_numpy, baselines.from_design_scipy])
def test_against_the_reference(baseline):
    """Companion matrices and the printed formulas are accurate to 1e-8."""
    expected = branches("log_negativity_driven")[0]
    computed = baseline(baselines.fields(DESIGNS, DIRECTIONS))
    np.testing.assert_array_equal(np.isnan(computed), np.isnan(expected))
    np.testing.assert_allclose(computed, expected, atol=1e-8)
