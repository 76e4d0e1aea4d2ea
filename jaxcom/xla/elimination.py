"""Batches of dense linear systems, solved in plain array arithmetic.

`jnp.linalg.solve` is one LAPACK call per matrix, and on CPUs with few cores several batches of it
in one compiled program can deadlock (jax 0.10.1, 2 cores: eight independent solves of 64 matrices
of 21 x 21). Elimination written out makes no such calls, runs on any device, and is as accurate:
rows are chosen by the largest pivot.
"""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from jaxcom.xla.elementary import reciprocal
from jaxcom.xla.scalar_algebra import Real


def solve(
    matrix: Float[Array, "*batch n n"], rhs: Float[Array, "*batch n"]
) -> Float[Array, "*batch n"]:
    """Solution x of M x = b by Gauss-Jordan elimination with partial pivoting.

    Callers differentiate it by an implicit rule, not through the elimination.

    Args:
        matrix: M.
        rhs: b.

    Returns:
        x, infinite or NaN where M is singular.

    >>> solve(jnp.array([[0.0, 2.0], [1.0, 1.0]]), jnp.array([4.0, 3.0]))
    Array([1., 2.], dtype=float64)
    """
    return jnp.vectorize(_solve, signature="(n,n),(n)->(n)")(matrix, rhs)


def solve_rows(rows: Sequence[Sequence[Real]]) -> list[list[Real]]:
    """Solutions of a few equations with several right-hand sides, written out elementwise.

    Args:
        rows: n rows of the n coefficients and of the right-hand sides; arrays of one shape.

    Returns:
        The n unknowns for each right-hand side.

    >>> one = jnp.ones(())
    >>> [[float(x) for x in found] for found in solve_rows([[0 * one, 2 * one, 4 * one],
    ...                                                     [one, one, 3 * one]])]
    [[1.0, 2.0]]
    """
    system, n = [list(row) for row in rows], len(rows)
    for k in range(n):
        for i in range(k + 1, n):
            larger = jnp.abs(system[i][k]) > jnp.abs(system[k][k])
            pairs = list(zip(system[k], system[i], strict=True))
            system[k] = [jnp.where(larger, b, a) for a, b in pairs]
            system[i] = [jnp.where(larger, a, b) for a, b in pairs]
        inverse = reciprocal(system[k][k])
        system[k] = [inverse * x for x in system[k]]
        for i in range(n):
            if i != k:
                factor, pivot = system[i][k], system[k]
                system[i] = [x - factor * y for x, y in zip(system[i], pivot, strict=True)]
    return [[row[column] for row in system] for column in range(n, len(system[0]))]


def _solve(matrix: Float[Array, "n n"], rhs: Float[Array, " n"]) -> Float[Array, " n"]:
    # Gauss-Jordan with masks instead of indices: XLA turns indices that change into slow slices.
    n = rhs.shape[0]
    places = jnp.arange(n)

    def eliminate(k, system):
        here = places == k
        column = jnp.sum(jnp.where(here[None, :], system[:, :n], 0.0), axis=1)
        pivot = places == jnp.argmax(jnp.where(places >= k, jnp.abs(column), -1.0))
        chosen, displaced = _row(system, pivot) / _entry(column, pivot), _row(system, here)
        column = jnp.where(pivot, _entry(column, here), column)
        swapped = jnp.where(pivot[:, None], displaced[None], system)
        return jnp.where(here[:, None], chosen[None], swapped - column[:, None] * chosen[None])

    system = jnp.concatenate([matrix, rhs[:, None]], axis=1)
    return jax.lax.fori_loop(0, n, eliminate, system)[:, n]


def _row(system: Float[Array, "n m"], place: Bool[Array, " n"]) -> Float[Array, " m"]:
    return jnp.sum(jnp.where(place[:, None], system, 0.0), axis=0)


def _entry(column: Float[Array, " n"], place: Bool[Array, " n"]) -> Float[Array, ""]:
    return jnp.sum(jnp.where(place, column, 0.0))
