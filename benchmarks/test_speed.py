"""Single contenders under pytest-benchmark: `python -m pytest benchmarks`."""

import jax
import pytest
from compare import designs, gradient

import jaxcom as jc


@pytest.mark.parametrize("points", [1, 1_000, 100_000])
@pytest.mark.parametrize("function", [jc.entanglement, gradient], ids=["value", "gradient"])
def test_points(benchmark, function, points):
    batch = designs(points)
    program = jax.jit(function).lower(batch, jc.LEFT).compile()
    benchmark.extra_info["points"] = points
    benchmark(lambda: jax.block_until_ready(program(batch, jc.LEFT)))


@pytest.mark.parametrize("solver", [jc.Kronecker(), jc.BartelsStewart(), jc.Hurwitz()], ids=str)
def test_solvers(benchmark, solver):
    batch = designs(1_000)
    program = jax.jit(lambda r: jc.steady_state(r, jc.LEFT, solver=solver)).lower(batch).compile()
    benchmark(lambda: jax.block_until_ready(program(batch)))
