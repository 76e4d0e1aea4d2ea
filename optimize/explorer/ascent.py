"""Gradient ascent from a design in small steps: made to be watched, not to find the optimum."""

from collections.abc import Callable, Iterator

import jax
import jax.numpy as jnp
import numpy as np

from jaxcom.resonator import SpinningResonator

from ..box import Box
from ..objectives import AbstractObjective

MAX_STEP, MIN_STEP = 0.02, 1e-4  # as shares of the sliders
SUFFICIENT = 0.2  # of the increase predicted by the gradient; below, steps zigzag across a ridge

Ascent = Callable[[SpinningResonator, Box], Iterator[SpinningResonator]]


def ascent(objective: AbstractObjective) -> Ascent:
    """Gradient ascent of an objective within a box, with a backtracking line search.

    A step that increases the score too little, or leads to a design without a steady state, is
    halved. The ascent ends when the step is too small. It finds a local maximum at best;
    `optimize.maximize` searches the whole box.

    Args:
        objective: the objective whose score is increased.

    Returns:
        A function of a resonator and a box that yields the designs of the ascent one by one, each
        with a higher score than the one before.

    >>> from optimize import objectives
    >>> box = Box(spin=(0, 30e3), detuning=(-63e6, 252e6))
    >>> steps = ascent(objectives.abs_nonreciprocity)(SpinningResonator(detuning=1.2 * 63e6), box)
    >>> print(f"{objectives.abs_nonreciprocity(list(steps)[-1]):.4f}")
    0.14...
    """
    value_and_slope = jax.jit(
        lambda resonator, box, unit: jax.value_and_grad(
            lambda unit: objective.score(box.design(resonator, unit))
        )(unit)
    )

    def climb(resonator: SpinningResonator, box: Box) -> Iterator[SpinningResonator]:
        resonator = jax.tree.map(jnp.asarray, resonator)
        unit, step = np.clip(box.coordinates(resonator), 0, 1), MAX_STEP
        score, slope = value_and_slope(resonator, box, unit)
        while step > MIN_STEP and np.isfinite(score):
            slope = np.asarray(slope)
            trial = np.clip(unit + step * _direction(unit, slope), 0, 1)
            trial_score, trial_slope = value_and_slope(resonator, box, trial)
            predicted = slope @ (trial - unit)
            if not trial_score - score > SUFFICIENT * predicted:  # NaN as well
                step /= 2
                continue
            unit, score, slope = trial, trial_score, trial_slope
            step = min(1.3 * step, MAX_STEP)
            yield box.design(resonator, jnp.asarray(unit))

    return climb


def _direction(unit: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """Gradient without the components that leave the box, scaled to a largest component of 1."""
    outward = ((unit <= 0) & (slope < 0)) | ((unit >= 1) & (slope > 0))
    inward = np.where(outward, 0.0, slope)
    return inward / max(np.abs(inward).max(), np.finfo(float).tiny)
