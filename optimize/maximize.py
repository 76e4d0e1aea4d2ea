"""Search for the design in a box that maximizes an objective."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import optax
from jaxtyping import Array, Float

from jaxcom import SpinningResonator
from jaxcom.xla.precision import require_x64

from .box import Box
from .constraints import AbstractConstraint
from .objectives import AbstractObjective, as_objective
from .operating_point import Tabulated
from .results.optimum import Optimum, describe
from .search.checkpoint import SearchStorage
from .search.polish import Polished
from .search.problem import Problem, any_point, as_arrays
from .search.sampling import require_counts
from .search.search import SearchOptions, search


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
    checkpoint: SearchStorage | None = None,
    callback: Callable[[Polished], None] | None = None,
) -> Optimum:
    """Design in a box that maximizes an objective and is stable in all directions that it uses.

    Args:
        objective: an objective of `optimize.objectives`, or any function of a resonator that JAX
            can differentiate; a design where it is NaN counts as infeasible.
        resonator: design that provides all fields that the box does not free. The result is
            compared with it, and it is a candidate itself if it lies in the box.
        box: free fields and their bounds.
        constraints: constraints of `optimize.constraints` that the design must satisfy.
        starts: number of points that climb in parallel.
        steps: number of steps of a climb.
        rounds: maximum number of rounds, each from new starts; the search ends with the first
            round that finds nothing better.
        optimizer: optax optimizer of the climb, which works in coordinates 0..1; by default Adam
            with a rate that decays from 0.05 to 0 along a cosine.
        margin: required stability margin -max Re(eigenvalue of A) in every direction of the
            objective, in rad/s; by default a tenth of `gamma_m`, which keeps the optimum off the
            edge of stability, where E_N is discontinuous.
        polish: maximum number of climbers that are polished in a round.
        seed: seed of the Sobol points; the same seed gives the same result.
        progress: whether to show a progress bar; by default if the standard error is a terminal.
        checkpoint: `Checkpoint` to which the state is written every few seconds.
        callback: called with each point after its polish, an `optimize.Polished` with the
            attributes `unit` (coordinates in the box), `score`, `violation` and `feasible`.

    Returns:
        Optimum with design, value, certificate, history and status; prints as a table. If no start
        found a feasible point, the status says so and the value is NaN.

    Raises:
        RuntimeError: JAX is set to 32 bits.
        TypeError: the objective is not callable, not differentiable or not a scalar, or an entry of
            `constraints` is not a constraint or not differentiable.
        ValueError: the number of starts, steps, rounds or polished climbers is below 1, the margin
            is negative or not finite, or the checkpoint belongs to another search.

    >>> import jaxcom as jc
    >>> from optimize import Box, maximize, objectives
    >>> box = Box(detuning=(-63e6, 252e6))
    >>> best = maximize(objectives.OneWay(jc.LEFT), jc.SpinningResonator(), box, starts=4)
    >>> print(f"{best.value:.4f} at {best.design.detuning / 63e6:.2f} omega_m")
    0.1476 at 0.30 omega_m
    """
    require_x64("optimize.maximize")
    require_counts(starts=starts, steps=steps, rounds=rounds, polish=polish)
    problem = build_problem(objective, resonator, box, constraints=constraints, margin=margin)
    options = SearchOptions(starts, steps, rounds, polish, seed, progress)
    found = search(problem, options, optimizer=optimizer, checkpoint=checkpoint, callback=callback)
    return describe(problem, *found, seed=seed)


def build_problem(
    objective: AbstractObjective | Callable[[SpinningResonator], Float[Array, ""]],
    resonator: SpinningResonator,
    box: Box,
    *,
    constraints: Sequence[AbstractConstraint] = (),
    margin: float | None = None,
) -> Problem:
    """Problem that `maximize` solves.

    Args:
        objective: an objective, or any function of a resonator that JAX can differentiate.
        resonator: design that provides all fields that the box does not free.
        box: free fields and their bounds.
        constraints: constraints that the design must satisfy.
        margin: required stability margin in rad/s; by default a tenth of `gamma_m`.

    Returns:
        Problem over the unit cube of the box.

    Raises:
        TypeError: the objective is not callable, not differentiable or not a scalar, or an entry of
            `constraints` is not a constraint or not differentiable.
        ValueError: the margin is negative or not finite.
    """
    margin = 0.1 * float(resonator.gamma_m) if margin is None else margin
    if not 0 <= margin < float("inf"):
        raise ValueError(f"Argument `margin` must be finite and at least 0, but is {margin}.")
    for constraint in constraints:
        if not isinstance(constraint, AbstractConstraint):
            raise TypeError(
                "Argument `constraints` must hold objects of `optimize.constraints`, but has "
                f"{constraint!r}."
            )
    problem = as_arrays(
        Problem(as_objective(objective), margin, tuple(constraints), resonator, box)
    )
    _require_differentiable("objective", problem.objective.name, problem.objective.terms_at)
    for constraint in problem.constraints:
        _require_differentiable("constraints", constraint.name, constraint.residuals_at)
    return problem


def _require_differentiable(argument: str, name: str, function: Callable[[Tabulated], Any]) -> None:
    """Raise TypeError unless JAX can differentiate a function of a point; it is only traced."""
    point = any_point()
    try:
        found = jax.eval_shape(lambda point: jax.jvp(function, (point,), (point,))[0], point)
    except Exception as error:
        reason = (str(error).splitlines() or [""])[0]
        raise TypeError(
            f"Argument `{argument}` must be differentiable by JAX, but {name} raises "
            f"{type(error).__name__}: {reason}"
        ) from error
    if argument == "objective" and found[0].shape != ():
        raise TypeError(
            "Argument `objective` must return one number for one resonator, but "
            f"{name} returns an array of shape {found[0].shape}."
        )
