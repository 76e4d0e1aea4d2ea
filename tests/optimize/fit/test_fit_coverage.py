"""Coverage of the stated errors: two hundred sets of noisy data, fitted from the whole box."""

import numpy as np
import pytest
from references import fit_trials

TRIALS = 200


@pytest.fixture(scope="module")
def trials():
    return fit_trials.run(TRIALS)


@pytest.mark.slow
def test_intervals_have_the_stated_coverage(trials):
    """Coverage of four fields and of all together, at one standard error and at 95 %.

    The binomial test at p < 1e-3 rejects correct errors once in a thousand trials. Errors stated
    20 % too small pass one test in ten, and there are ten tests.
    """
    rows = fit_trials.coverage(trials)
    assert len(rows) == 10
    for row in rows:
        assert row.p_value > 1e-3, row


@pytest.mark.slow
def test_fits_converge(trials):
    """At most 1 % of the trials end where kinks of chi2 leave no clear minimum."""
    assert np.isfinite(trials.distances).sum() >= 0.99 * TRIALS


@pytest.mark.slow
def test_errors_too_small_are_detected(trials):
    """Standard errors smaller by a quarter fail on the same trials."""
    too_small = trials._replace(pulls=trials.pulls / 0.75, distances=trials.distances / 0.75**2)
    assert min(row.p_value for row in fit_trials.coverage(too_small)) < 1e-3
