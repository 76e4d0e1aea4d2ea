"""Validation, printing and transforms of a taper."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxcom as jc
from jaxcom.taper import Taper
from jaxcom.taper.fiber import PARAMETERS, axial_rigidity, one_if_valid

PAPER = Taper()
POSITIVE = (
    "radius", "arc_length", "separation", "viscosity", "youngs_modulus", "elastic_limit",
)  # fmt: skip


class TestValidation:
    def test_every_field_is_covered(self):
        assert {*POSITIVE, "refractive_index"} == set(PARAMETERS)

    @pytest.mark.parametrize(
        ("name", "value", "message"),
        [
            *((name, value, f"finite and above 0, but is {value:g}")
              for name in POSITIVE for value in (0.0, -1e-9, math.nan, math.inf)),
            *(("refractive_index", value, f"finite and at least 1, but is {value:g}")
              for value in (0.99, -1.48, math.nan, math.inf)),
        ],
    )  # fmt: skip
    def test_out_of_range(self, name, value, message):
        for build in (Taper, PAPER.replace):
            with pytest.raises(ValueError) as caught:  # noqa: PT011
                build(**{name: value})
            assert str(caught.value) == f"Argument `{name}` must be {message}."

    def test_one_bad_entry_of_an_array_is_named(self):
        with pytest.raises(ValueError) as caught:  # noqa: PT011
            Taper(separation=np.array([[1e-9, 2e-9], [-3e-9, -4e-9]]))
        expected = "Argument `separation` must be finite and above 0, but is -3e-09."
        assert str(caught.value) == expected

    @pytest.mark.parametrize("value", ["1", None, 1j, True, np.array([True]), {}, object], ids=str)
    def test_not_a_real_number(self, value):
        with pytest.raises(TypeError) as caught:
            Taper(viscosity=value)
        expected = f"Argument `viscosity` must be a real number or array, but is {value!r}."
        assert str(caught.value) == expected

    @pytest.mark.parametrize(
        ("name", "hint"),
        [
            ("viscocity", ": did you mean `viscosity`?"),
            ("seperation", ": did you mean `separation`?"),
            ("spin", f"; known are {', '.join(PARAMETERS)}"),
        ],
    )
    def test_unknown_names(self, name, hint):
        for build in (Taper, PAPER.replace):
            with pytest.raises(TypeError) as caught:
                build(**{name: 1.0})
            assert str(caught.value) == f"`{name}` is not a field of Taper{hint}"


class TestPytree:
    def test_integers_and_lists_become_floats(self):
        taper = Taper(separation=[1, 2], radius=1, viscosity=np.float32(0.5))
        assert taper.separation.dtype == np.float64
        assert (type(taper.radius), taper.radius) == (float, 1.0)
        assert type(taper.viscosity) is float

    def test_traced_values_are_checked_by_admitted(self):
        admitted = jax.jit(lambda h: Taper(separation=h).admitted())
        h = jnp.array([1e-9, 0.0, -1e-9, jnp.nan, jnp.inf])
        np.testing.assert_array_equal(admitted(h), [True, False, False, False, False])

    def test_values_next_to_tracers_are_checked(self):
        with pytest.raises(ValueError, match="`radius` must be finite and above 0, but is -1"):
            jax.jit(lambda h: Taper(separation=h, radius=-1.0))(1e-7)

    def test_round_trip(self):
        leaves, structure = jax.tree.flatten(PAPER)
        assert leaves == [getattr(PAPER, name) for name in PARAMETERS]
        assert jax.tree.unflatten(structure, leaves) == PAPER
        assert jax.jit(lambda taper: taper)(PAPER) == jax.tree.map(jnp.asarray, PAPER)

    def test_replace_keeps_the_original(self):
        changed = PAPER.replace(separation=[1e-7, 2e-7])
        assert PAPER.separation == 250e-9
        assert changed.separation.shape == (2,)
        assert changed.replace(separation=250e-9) == PAPER


class TestFactors:
    def test_validity_of_both(self):
        def factor(viscosity, mass):
            return one_if_valid(Taper(viscosity=viscosity), jc.SpinningResonator(mass=mass))

        found = jax.jit(factor)(jnp.array([[1e-5], [-1e-5]]), jnp.array([[1e-11, -1e-11]]))
        np.testing.assert_array_equal(found, [[1, np.nan], [np.nan, np.nan]])

    def test_axial_rigidity(self):
        expected = math.pi * 544e-9 * 544e-9 * 75e9
        assert axial_rigidity(PAPER) == pytest.approx(expected, rel=1e-15)


class TestTable:
    def test_every_field_with_symbol_and_unit(self):
        lines = str(PAPER).splitlines()
        for parameter in PARAMETERS.values():
            (line,) = (line for line in lines if line.startswith(f"{parameter.meaning} "))
            assert parameter.symbol in line
            assert line.endswith(parameter.unit)

    @pytest.mark.parametrize(
        "words",
        ["fiber radius r 5.44e-07 m", "Young's modulus E 7.5e+10 Pa", "refractive index n_1 1.48"],
    )
    def test_rows(self, words):
        assert words in [" ".join(line.split()) for line in str(PAPER).splitlines()]

    def test_arrays_print_as_ranges(self):
        assert "1e-07 .. 5e-07 (5)" in str(Taper(separation=np.linspace(1e-7, 5e-7, 5)))
