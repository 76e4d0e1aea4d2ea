"""Projected steps against a quadratic program, and a climb that uses them."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import minimize

import jaxcom as jc
from optimize import Box, objectives
from optimize.constraints import AtMost, Equal
from optimize.maximize import build_problem
from optimize.search.climb import advance, ascent, at_start
from optimize.search.projection import REACH, allowed_step

RNG = np.random.default_rng(11)


def nearest(step, unit, inequalities, equalities):
    """Projection by SLSQP, which solves a quadratic program in one step."""
    (c, C), (e, E) = inequalities, equalities
    constraints = [
        {"type": "ineq", "fun": lambda z: c + C @ z, "jac": lambda z: C},
        {"type": "eq", "fun": lambda z: e + E @ z, "jac": lambda z: E},
    ]
    found = minimize(
        lambda z: (z - step) @ (z - step) / 2, step, jac=lambda z: z - step, method="SLSQP",
        bounds=list(zip(-unit, 1 - unit, strict=True)), constraints=constraints,
        options={"ftol": 1e-15},
    )  # fmt: skip
    assert found.success
    return found.x


@pytest.mark.parametrize("d", [2, 3, 9])
def test_against_a_quadratic_program(d):
    """Two inequalities, an equality and the unit cube, near a feasible step."""
    for _ in range(10):
        unit, step = RNG.uniform(size=d), RNG.normal(size=d) * 0.05
        inside = RNG.uniform(np.maximum(-unit, -0.03), np.minimum(1 - unit, 0.03))
        C, E = RNG.normal(size=(2, d)), RNG.normal(size=(1, d))
        c, e = RNG.uniform(0, 0.02, 2) - C @ inside, -E @ inside
        expected = nearest(step, unit, (c, C), (e, E))
        residuals, slopes = np.concatenate([c, e]), np.concatenate([C, E])
        equality = np.array([False, False, True])
        found = allowed_step(*map(jnp.asarray, (step, unit, residuals, slopes, equality)))
        # The number of sweeps is limited; the next step removes the rest of the violation.
        np.testing.assert_allclose(found, expected, atol=2e-3)


def test_steps_towards_a_violated_constraint_are_limited():
    far = jnp.array([-5.0]), jnp.array([[1.0, 0.0]])
    step = allowed_step(jnp.zeros(2), jnp.full(2, 0.2), *far, jnp.array([False]))
    np.testing.assert_allclose(step, [REACH, 0.0], atol=1e-12)


def test_flat_residuals_move_nothing():
    flat = jnp.array([-1.0]), jnp.zeros((1, 2))
    step = allowed_step(jnp.full(2, 0.01), jnp.full(2, 0.5), *flat, jnp.array([False]))
    np.testing.assert_array_equal(step, 0.01)


@pytest.mark.parametrize("relation", [AtMost, Equal])
def test_starts_climb_along_a_constraint(relation):
    """max x - 4 (y - x)^2 with x^2 + y^2 <= 1 / 2, or = 1 / 2, against a scan along the circle."""

    def x_and_y(device):
        return device.spin / 1e4, device.power

    def height(device):
        x, y = x_and_y(device)
        return x - 4 * (y - x) ** 2

    def distance(device):
        x, y = x_and_y(device)
        return x * x + y * y

    objective = objectives.FromFunction(height, directions=())
    box = Box(spin=(0, 1e4), power=(0, 1))
    problem = build_problem(
        objective, jc.SpinningResonator(), box, constraints=[relation(distance, 0.5)]
    )
    way = ascent(None, 100)
    begin = at_start(way, RNG.uniform(0.05, 0.95, (32, 2)))
    climbers, scores = advance(problem, way, begin, 100)
    middle = np.linspace(0.4, 0.6, 20001)
    best = np.max(middle - 4 * (np.sqrt(0.5 - middle**2) - middle) ** 2)
    assert np.isfinite(np.asarray(scores)[50:]).mean() > 0.9
    # Constraints hold to 1e-3, and a few starts have not converged yet.
    assert (np.abs(np.asarray(climbers.best_rank.feasible_score) - best) < 2e-3).mean() > 0.8
