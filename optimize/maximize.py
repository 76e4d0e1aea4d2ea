"""The design in a box that maximises an objective."""

from collections.abc import Callable, Sequence
from typing import Any

import optax
from jaxtyping import Array, Float

from jaxcom import SpinningResonator
from jaxcom.xla.precision import require_x64

from .box import Box
from .constraints import AbstractConstraint
from .objectives import AbstractObjective, as_objective
from .results.optimum import Optimum, describe
from .search.checkpoint import Checkpoint
from .search.problem import Problem, as_arrays
from .search.search import Plan, require_counts, search


def maximize(
    objective: AbstractObjective | Callable[[SpinningResonator], Float[Array, ""]],
    resonator: SpinningResonator,
    box: Box,
    *,
    constraints: Sequence[AbstractConstraint] = (),
    starts: int = 64,
    steps: int = 100,
    rounds: int = 3,
    optimizer: optax.GradientTransformation | None = None,
    margin: float | None = None,
    polish: int = 8,
    seed: int = 0,
    progress: bool | None = None,
    checkpoint: Checkpoint | None = None,
) -> Optimum:
    """The design in a box that maximises an objective, all its directions of light stable.

    Args:
        objective: one of `optimize.objectives`, or any function of a resonator that JAX can
            differentiate; where it is NaN the design counts as infeasible.
        resonator: gives all fields that the box does not free, and the design to compare with,
            which is looked at, too, if it is in the box.
        box: which fields are free, and their bounds.
        constraints: of `optimize.constraints`, that the design must satisfy.
        starts: number of points that climb in parallel.
        steps: steps of a climb.
        rounds: how often to begin anew at most; the search ends with a round that finds nothing
            better than those before it.
        optimizer: of the climb, any from optax; it works in coordinates 0..1. By default Adam, its
            rate falling from 0.05 to 0 along a cosine.
        margin: by which every direction must be stable (-max Re eigenvalue), in rad/s; by default
            a tenth of `gamma_m`, which keeps the optimum off the edge where E_N ends.
        polish: how many of the best starts of a round to polish.
        seed: of the Sobol points; the same seed gives the same result.
        progress: show a progress bar; by default where the standard error is a terminal.
        checkpoint: a file to which the state is written every few seconds.

    Returns:
        The optimum: design, value, certificate, history, status; prints as a table. Its status says
        so where no start found a feasible point: the value is NaN then.

    Raises:
        RuntimeError: JAX is set to 32 bits.
        TypeError: the objective is not callable, or a constraint is none.
        ValueError: a number of starts, steps, rounds or polished starts below 1, or the margin is
            not finite or negative; the checkpoint belongs to another search.

    >>> import jaxcom as jc
    >>> from optimize import Box, maximize, objectives
    >>> box = Box(detuning=(-63e6, 252e6))
    >>> best = maximize(objectives.one_way(jc.LEFT), jc.SpinningResonator(), box, starts=4)
    >>> print(f"{best.value:.4f} at {best.design.detuning / 63e6:.2f} omega_m")
    0.1476 at 0.30 omega_m
    """
    require_x64("optimize.maximize")
    require_counts(starts=starts, steps=steps, rounds=rounds, polish=polish)
    problem = pose(objective, resonator, box, constraints=constraints, margin=margin)
    plan = Plan(starts, steps, rounds, polish, seed, progress)
    found = search(problem, plan, optimizer=optimizer, checkpoint=checkpoint)
    return describe(problem, *found, seed=seed)


def pose(
    objective: Any,
    resonator: SpinningResonator,
    box: Box,
    *,
    constraints: Sequence[AbstractConstraint] = (),
    margin: float | None = None,
) -> Problem:
    """The problem that `maximize` solves; its arguments and errors."""
    margin = 0.1 * float(resonator.gamma_m) if margin is None else margin
    if not 0 <= margin < float("inf"):
        raise ValueError(f"Argument `margin` must be finite and at least 0, but is {margin}.")
    for constraint in constraints:
        if not isinstance(constraint, AbstractConstraint):
            raise TypeError(
                "Argument `constraints` must hold objects of `optimize.constraints`, but has "
                f"{constraint!r}."
            )
    problem = Problem(as_objective(objective), resonator, box, margin, tuple(constraints))
    return as_arrays(problem)
