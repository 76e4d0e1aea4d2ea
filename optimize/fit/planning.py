"""What a measurement would tell, before it is made."""

from collections.abc import Sequence

import numpy as np

from jaxcom import SpinningResonator

from ..box import Box
from .identifiability import Information
from .measurement import Measurement
from .model import look, problem_of
from .profile import known_at


def forecast(
    measurements: Measurement | Sequence[Measurement], resonator: SpinningResonator, box: Box
) -> Information:
    """How well measurements at these points, with these errors, would determine the free fields.

    By the Fisher information at the resonator itself; the measured values do not matter. Arguments
    and errors as for `fit`.

    Raises:
        ValueError: the resonator has no steady state at one of the points.

    >>> import jaxcom as jc, numpy as np
    >>> from optimize import Box
    >>> from optimize.fit import simulate
    >>> device, box = jc.SpinningResonator(), Box(power=(5e-3, 50e-3), mass=(5e-12, 2e-11))
    >>> planned = simulate(device, np.linspace(20e6, 60e6, 9), 0.002)
    >>> print(forecast(planned, device, box))
    What the measurements tell
    ---------------------------
           standard error  unit
    ---------------------------
    mass   inf             kg
    power  inf             W
    ---------------------------
    Null direction: raise mass by 1 %, raise power by 1 %: nothing changes
    """
    problem = problem_of(measurements, resonator, box)
    here = look(problem, np.asarray(box.coordinates(resonator)))
    if missing := int(np.isnan(here.residuals).sum()):
        raise ValueError(
            "Argument `resonator` must have a steady state at every measured point, but has none "
            f"at {missing} of {here.residuals.size}."
        )
    return known_at(problem, here)
