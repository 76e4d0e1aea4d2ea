"""The public names, and what a person sees of them: signatures, tables, keywords."""

import inspect
import types

import jax
import pytest

import jaxcom as jc

PUBLIC = [
    name
    for name, value in vars(jc).items()
    if not name.startswith("_") and not isinstance(value, types.ModuleType)
]


def test_the_package_has_few_names():
    assert 15 <= len(PUBLIC) <= 25


@pytest.mark.parametrize("name", PUBLIC)
def test_every_name_has_a_docstring(name):
    value = getattr(jc, name)
    if callable(value):
        first = inspect.getdoc(value).splitlines()[0]
        assert first.endswith(".")
        assert not first.startswith(("What", "Where", "How", "Which", "Is ", "Does"))


def test_the_resonator_shows_its_fields():
    """As a notebook does on shift and tab."""
    signature = inspect.signature(jc.SpinningResonator)
    assert list(signature.parameters)[:2] == ["refractive_index", "dispersion"]
    assert signature.parameters["spin"].default == 8e3
    with pytest.raises(TypeError, match="positional"):
        jc.SpinningResonator(1.44)  # pyright: ignore[reportCallIssue]


@pytest.mark.parametrize("function", [jc.entanglement, jc.observables, jc.steady_state, jc.drift])
def test_the_branch_is_a_keyword(function):
    assert inspect.signature(function).parameters["branch"].kind is inspect.Parameter.KEYWORD_ONLY


def test_a_gradient_prints_as_derivatives():
    slope = jax.grad(jc.entanglement)(jc.SpinningResonator(detuning=0.4 * 63e6), jc.LEFT)
    printed = str(slope)
    assert printed.startswith("Derivatives by the fields of a resonator")
    assert "per kg" in printed
    assert "optical decay" not in printed
    assert str(jc.SpinningResonator()).startswith("Spinning optomechanical resonator")


@pytest.mark.parametrize("branch", [True, 2.5])
def test_a_branch_is_a_whole_number(branch):
    with pytest.raises(ValueError, match="Argument `branch` must be a whole number"):
        jc.entanglement(jc.SpinningResonator(), jc.LEFT, branch=branch)
