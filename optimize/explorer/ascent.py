"""Uphill from a design, a small step at a time: made to be watched, not to find the best."""

from collections.abc import Callable, Iterator

import jax
import jax.numpy as jnp
import numpy as np

from jaxcom.resonator import SpinningResonator

from ..box import Box
from ..objectives import AbstractObjective

LONGEST, SHORTEST = 0.02, 1e-4  # steps, as shares of the sliders
ENOUGH = 0.2  # of what the slope promises: less is a walk from side to side of a ridge

Ascent = Callable[[SpinningResonator, Box], Iterator[SpinningResonator]]


def ascent(objective: AbstractObjective) -> Ascent:
    """A way up: from a design along the gradient of an objective, within a box.

    Each design has a higher score than the one before. A step that gains little, or leads where
    there is no steady state, is halved; the way ends where none is left. There may be higher
    places elsewhere: `optimize.maximize` looks for them.

    >>> from optimize import objectives
    >>> box = Box(spin=(0, 30e3), detuning=(-63e6, 252e6))
    >>> way = ascent(objectives.nonreciprocity)(SpinningResonator(detuning=1.2 * 63e6), box)
    >>> print(f"{objectives.nonreciprocity(list(way)[-1]):.4f}")
    0.14...
    """
    look = jax.jit(
        lambda resonator, box, unit: jax.value_and_grad(
            lambda unit: objective.score(box.design(resonator, unit))
        )(unit)
    )

    def climb(resonator: SpinningResonator, box: Box) -> Iterator[SpinningResonator]:
        resonator = jax.tree.map(jnp.asarray, resonator)
        unit, step = np.clip(box.coordinates(resonator), 0, 1), LONGEST
        score, slope = look(resonator, box, unit)
        while step > SHORTEST and np.isfinite(score):
            slope = np.asarray(slope)
            there = np.clip(unit + step * _heading(unit, slope), 0, 1)
            height, slope_there = look(resonator, box, there)
            if not height - score > ENOUGH * slope @ (there - unit):  # not a number neither
                step /= 2
                continue
            unit, score, slope = there, height, slope_there
            step = min(1.3 * step, LONGEST)
            yield box.design(resonator, jnp.asarray(unit))

    return climb


def _heading(unit: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """Along the slope, but not through a bound that has been reached; its largest part is 1."""
    through = ((unit <= 0) & (slope < 0)) | ((unit >= 1) & (slope > 0))
    inward = np.where(through, 0.0, slope)
    return inward / max(np.abs(inward).max(), np.finfo(float).tiny)
