"""Single contenders under pytest-benchmark: `python -m pytest benchmarks`."""

import jax
import pytest
from compare import prepared
from contenders import Contender, designs, library, others

import jaxcom as jc


@pytest.mark.parametrize("points", [1, 1_000, 100_000])
@pytest.mark.parametrize("contender", library()[:5], ids=lambda c: c.name)
def test_points(benchmark, contender: Contender, points):
    run, _ = prepared(contender, designs(points))
    benchmark.extra_info["points"] = points
    benchmark(run)


@pytest.mark.parametrize("contender", others(), ids=lambda c: c.name)
def test_others(benchmark, contender: Contender):
    run, _ = prepared(contender, designs(100))
    benchmark(run)


@pytest.mark.parametrize("solver", [jc.Kronecker(), jc.BartelsStewart(), jc.Hurwitz()], ids=str)
def test_solvers(benchmark, solver):
    batch = jc.SpinningResonator().replace(**designs(1_000))
    program = jax.jit(lambda r: jc.steady_state(r, jc.LEFT, solver=solver)).lower(batch).compile()
    benchmark(lambda: jax.block_until_ready(program(batch)))
