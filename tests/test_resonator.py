"""Resonator of Table I: derived quantities, validation, transformations and printing."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxcom as jc
from jaxcom.resonator import PARAMETERS, is_valid

TABLE_I = jc.SpinningResonator()


class TestDerivedQuantities:
    """To half a unit of the last printed digit, unless stated otherwise."""

    @pytest.mark.parametrize(
        ("name", "printed", "half_a_digit"),
        [
            ("omega_c", 1.22e15, 0.005e15),
            ("kappa", 38.0e6, 0.05e6),
            ("zero_point_motion", 0.41e-15, 0.005e-15),
            ("thermal_phonons", 269.65, 0.005),
            ("coupling", 452.006, 0.0005),
            ("sagnac_shift", 2.869e7, 0.0005e7),
        ],
    )
    def test_printed(self, name, printed, half_a_digit):
        assert abs(getattr(TABLE_I, name) - printed) < half_a_digit

    def test_values_of_the_paper_from_rounded_inputs(self):
        """G_0 = 452.1 and n_m = 269.4 in the paper, to 0.1 %, the rounding of its inputs."""
        assert TABLE_I.coupling == pytest.approx(452.1, rel=1e-3)
        assert float(TABLE_I.thermal_phonons) == pytest.approx(269.4, rel=1e-3)
        assert TABLE_I.omega_m / TABLE_I.gamma_m == pytest.approx(1.21e4, abs=50)

    def test_sagnac_shift_of_the_paper(self):
        assert TABLE_I.sagnac_shift / TABLE_I.omega_m == pytest.approx(0.455, abs=0.0005)

    def test_closed_forms(self):
        """Independent evaluation of the equations, equal to a few roundings."""
        r = jc.SpinningResonator(power=0.1, dispersion=0.01, detuning=2e8, temperature=0.3)
        c, hbar, k_B = 299792458.0, 6.62607015e-34 / (2 * math.pi), 1.380649e-23
        omega_c = 2 * math.pi * c / 1.55e-6
        expected = {
            "omega_l": omega_c - 2e8,
            "zero_point_motion": math.sqrt(hbar / 1e-11 / 63e6),
            "coupling": omega_c / 1.1e-3 * math.sqrt(hbar / (1e-11 * 63e6)),
            "drive_squared": 2 * omega_c / 3.2e7 * 0.1 / hbar / (omega_c - 2e8),
            "thermal_phonons": 1 / math.expm1(hbar * 63e6 / (k_B * 0.3)),
            "sagnac_shift": 8e3 * 1.48 * 1.1e-3 * omega_c / c * (1 - 1.48**-2 - 0.01),
        }
        for name, value in expected.items():
            assert float(getattr(r, name)) == pytest.approx(value, rel=1e-14), name
        assert r.drive_amplitude**2 == pytest.approx(r.drive_squared, rel=1e-14)

    def test_the_sign_of_the_spin_is_that_of_the_shift(self):
        assert TABLE_I.replace(spin=-8e3).sagnac_shift == -TABLE_I.sagnac_shift
        assert TABLE_I.replace(spin=0.0).sagnac_shift == 0


def phonons(temperature):
    return jc.SpinningResonator(temperature=temperature).thermal_phonons


class TestCold:
    def test_no_phonons_at_zero(self):
        value, slope = jax.value_and_grad(phonons)(0.0)
        assert value == 0
        assert slope == 0

    @pytest.mark.parametrize("temperature", [5e-324, 1e-300, 1e-9, 6e-7, 7e-7, 1e-6, 1e-5])
    def test_derivatives_stay_finite(self, temperature):
        """With hbar omega_m / k_B = 0.48 mK, occupations range from exp(-48) down to 1e-304."""
        for order in (jax.grad(phonons), jax.grad(jax.grad(phonons))):
            assert math.isfinite(order(temperature))
        assert 0 <= phonons(temperature) < 1e-20

    def test_slope_of_the_occupation(self):
        """Derivative d n/dT = n (n + 1) hbar omega_m / (k_B T^2)."""
        n = float(phonons(0.13))
        slope = n * (n + 1) * 6.62607015e-34 / (2 * math.pi) * 63e6 / (1.380649e-23 * 0.13**2)
        assert float(jax.grad(phonons)(0.13)) == pytest.approx(slope, rel=1e-12)


POSITIVE = (
    "radius", "mass", "wavelength", "optical_quality", "omega_m", "gamma_m",
)  # fmt: skip
NOT_NEGATIVE = ("temperature", "power", "backscattering")
ANY = ("dispersion", "spin", "detuning")


class TestValidation:
    def test_every_field_is_tested(self):
        assert {*POSITIVE, *NOT_NEGATIVE, *ANY, "refractive_index"} == set(PARAMETERS)

    @pytest.mark.parametrize(
        ("name", "value", "expected"),
        [
            *((name, value, f"finite and above 0, but is {value:g}")
              for name in POSITIVE for value in (0.0, -1e-11, math.nan, math.inf)),
            *((name, value, f"finite and at least 0, but is {value:g}")
              for name in NOT_NEGATIVE for value in (-0.5, math.nan, math.inf)),
            *((name, value, f"finite, but is {value:g}")
              for name in ANY for value in (math.nan, math.inf, -math.inf)),
            *(("refractive_index", value, f"finite and at least 1, but is {value:g}")
              for value in (0.99, -1.48, math.nan, math.inf)),
        ],
    )  # fmt: skip
    def test_out_of_range(self, name, value, expected):
        for build in (jc.SpinningResonator, TABLE_I.replace):
            with pytest.raises(ValueError) as caught:  # noqa: PT011
                build(**{name: value})
            assert str(caught.value) == f"Argument `{name}` must be {expected}."

    def test_edges_of_the_ranges_are_allowed(self):
        edges = dict.fromkeys(NOT_NEGATIVE, 0.0) | dict.fromkeys(ANY, 0.0)
        resonator = jc.SpinningResonator(refractive_index=1.0, **edges)
        assert is_valid(resonator)
        assert resonator.replace(spin=-1e4, detuning=-63e6, dispersion=-0.01).spin == -1e4

    def test_one_bad_entry_of_an_array_is_named(self):
        with pytest.raises(ValueError) as caught:  # noqa: PT011
            jc.SpinningResonator(power=np.array([[0.1, 0.2], [-0.3, -0.4]]))
        assert str(caught.value) == "Argument `power` must be finite and at least 0, but is -0.3."

    @pytest.mark.parametrize(
        "value", ["20e-3", None, 1 + 0j, True, np.array([True]), [1j], {}, object],
        ids=lambda value: str(value),
    )  # fmt: skip
    def test_values_that_are_not_real_numbers(self, value):
        with pytest.raises(TypeError) as caught:
            jc.SpinningResonator(power=value)
        expected = f"Argument `power` must be a real number or array, but is {value!r}."
        assert str(caught.value) == expected

    @pytest.mark.parametrize(
        ("name", "hint"),
        [
            ("powr", ": did you mean `power`?"),
            ("temprature", ": did you mean `temperature`?"),
            ("back_scattering", ": did you mean `backscattering`?"),
            ("xyz", f"; known are {', '.join(PARAMETERS)}"),
        ],
    )
    def test_unknown_names(self, name, hint):
        for build in (jc.SpinningResonator, TABLE_I.replace):
            with pytest.raises(TypeError) as caught:
                build(**{name: 1.0})
            assert str(caught.value) == f"`{name}` is not a field of SpinningResonator{hint}"

    def test_a_laser_has_a_frequency(self):
        with pytest.raises(ValueError) as caught:  # noqa: PT011
            jc.SpinningResonator(detuning=1.3e15)
        assert str(caught.value) == (
            "Argument `detuning` must be below the optical frequency omega_c = 1.215e+15 rad/s, "
            "but is 1.3e+15 rad/s."
        )


class TestArrays:
    def test_integers_and_lists_become_floats(self):
        resonator = jc.SpinningResonator(spin=[0, 8000], power=1, temperature=np.float32(0.5))
        assert resonator.spin.dtype == np.float64
        assert resonator.spin.shape == (2,)
        assert (type(resonator.power), resonator.power) == (float, 1.0)
        assert type(resonator.temperature) is float

    def test_fields_broadcast(self):
        resonator = jc.SpinningResonator(spin=np.zeros((2, 1)), refractive_index=np.full(3, 1.5))
        with jax.numpy_rank_promotion("allow"):
            assert resonator.sagnac_shift.shape == (2, 3)

    def test_derived_rates_are_elementwise(self):
        temperatures = np.array([0.0, 0.13, 300.0])
        batch = jc.SpinningResonator(temperature=temperatures).thermal_phonons
        np.testing.assert_array_equal(batch, [phonons(t) for t in temperatures])


class TestTransforms:
    def test_traced_values_are_validated_later(self):
        valid = jax.jit(lambda mass: is_valid(jc.SpinningResonator(mass=mass)))
        masses = jnp.array([1e-11, 0.0, -1e-11, jnp.nan, jnp.inf])
        np.testing.assert_array_equal(valid(masses), [True, False, False, False, False])
        valid = jax.jit(lambda x: is_valid(jc.SpinningResonator(detuning=x, wavelength=1.55e-6)))
        np.testing.assert_array_equal(valid(jnp.array([-1e9, 1.3e15])), [True, False])

    def test_values_are_checked_along_with_tracers(self):
        with pytest.raises(ValueError, match="`mass` must be finite and above 0, but is -1"):
            jax.jit(lambda power: jc.SpinningResonator(power=power, mass=-1.0))(0.1)

    def test_pytree_round_trip(self):
        leaves, structure = jax.tree.flatten(TABLE_I)
        assert leaves == [getattr(TABLE_I, name) for name in PARAMETERS]
        assert jax.tree.unflatten(structure, leaves) == TABLE_I
        placeholders = jax.tree.map(lambda _: None, TABLE_I)  # leaves of a tree are not checked
        assert placeholders.mass is None
        through = jax.jit(lambda resonator: resonator)(TABLE_I)
        assert through == jax.tree.map(jnp.asarray, TABLE_I)

    def test_gradient_is_a_resonator(self):
        slope = jax.grad(lambda resonator: resonator.coupling)(TABLE_I)
        assert float(slope.mass) == pytest.approx(-0.5 * TABLE_I.coupling / TABLE_I.mass)
        assert slope.temperature == 0

    def test_replace_leaves_the_original(self):
        changed = TABLE_I.replace(spin=23e3, power=[0.1, 0.2])
        assert (TABLE_I.spin, changed.spin) == (8e3, 23e3)
        assert changed.power.shape == (2,)
        assert changed.replace(spin=8e3, power=20e-3) == TABLE_I


class TestTable:
    def test_every_field_with_symbol_and_unit(self):
        lines = str(TABLE_I).splitlines()
        for parameter in PARAMETERS.values():
            (line,) = (line for line in lines if line.startswith(f"{parameter.meaning} "))
            assert parameter.symbol in line
            assert line.endswith(parameter.unit)

    @pytest.mark.parametrize(
        "words",
        [
            "effective mass m 1e-11 kg",
            "angular velocity of the spin Omega 8000 rad/s",
            "optical decay kappa 3.79768e+07 rad/s",
            "single-photon coupling G_0 452.006 rad/s",
            "Sagnac-Fizeau shift |Delta_F| 2.86921e+07 rad/s",
            "thermal phonons n_m 269.653",
            "zero-point motion x_zp 4.09136e-16 m",
        ],
    )
    def test_rows(self, words):
        assert words in [" ".join(line.split()) for line in str(TABLE_I).splitlines()]

    def test_arrays_print_as_ranges(self):
        text = str(jc.SpinningResonator(power=np.linspace(0, 0.1, 5)))
        assert "0 .. 0.1 (5)" in text
