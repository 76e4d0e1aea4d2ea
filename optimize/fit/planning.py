"""Planning of measurements: precision that they would give, before they are made."""

from collections.abc import Sequence

import numpy as np

from jaxcom import SpinningResonator

from ..box import Box
from .identifiability import Information
from .measurement import Measurement
from .model import evaluate, fit_problem
from .profile import information_at


def forecast(
    measurements: Measurement | Sequence[Measurement], resonator: SpinningResonator, box: Box
) -> Information:
    """Standard errors that measurements at these points, with these errors, would give.

    They follow from the Fisher information at the resonator itself; the measured values do not
    matter.

    Args:
        measurements: one or several measurements, for example simulated ones.
        resonator: device that would be measured.
        box: fields that would be free in the fit, and their bounds; any field but the detuning.

    Returns:
        Information with standard errors, covariance and null directions; prints as a table.

    Raises:
        RuntimeError: JAX is set to 32 bits.
        TypeError: `measurements` holds something other than measurements.
        ValueError: `measurements` is empty, `box` frees the detuning, or `resonator` has no steady
            state at one of the points.

    >>> import jaxcom as jc, numpy as np
    >>> from optimize import Box
    >>> from optimize.fit import simulate
    >>> device, box = jc.SpinningResonator(), Box(power=(5e-3, 50e-3), mass=(5e-12, 2e-11))
    >>> planned = simulate(device, np.linspace(20e6, 60e6, 9), 0.002)
    >>> print(forecast(planned, device, box))
    Information on the free fields
    ------------------------------
           standard error  unit
    ------------------------------
    mass   inf             kg
    power  inf             W
    ------------------------------
    Null direction: raise mass by 1 %, raise power by 1 %: nothing changes
    """
    problem = fit_problem(measurements, resonator, box)
    here = evaluate(problem, np.asarray(box.coordinates(resonator)))
    if missing := int(np.isnan(here.residuals).sum()):
        raise ValueError(
            "Argument `resonator` must have a steady state at every measured point, but has none "
            f"at {missing} of {here.residuals.size}."
        )
    return information_at(problem, here)
