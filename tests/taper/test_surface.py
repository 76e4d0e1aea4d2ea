"""Hamaker constant and intermolecular force against the printed equations."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from references import printed_forms as printed

import jaxcom as jc
from jaxcom.taper import (
    Taper,
    aerodynamic_force,
    hamaker_constant,
    implied_viscosity,
    intermolecular_force,
    total_force,
)

DESIGNS = printed.designs(5, seed=3)
PAPER = Taper(), jc.SpinningResonator(spin=23e3)


def share(taper):
    """|T_int| / T_air"""
    pair = taper, PAPER[1]
    return np.abs(intermolecular_force(*pair)) / aerodynamic_force(*pair)


class TestHamaker:
    @pytest.mark.parametrize("pair", DESIGNS)
    def test_against_the_printed_equation(self, pair):
        t, r = pair
        expected = printed.hamaker(r.temperature, t.refractive_index, r.refractive_index)
        assert float(hamaker_constant(t, r)) == pytest.approx(expected, rel=1e-13, abs=0)

    def test_silica_by_the_lifshitz_theory(self):
        """Quartz at 300 K: 6.3e-20 J in tables, which use Planck's h and nu_e = 3.2e15."""
        with_h = printed.hamaker(300, 1.448, 1.448, planck=2 * math.pi * printed.HBAR)
        assert with_h == pytest.approx(6.3e-20 * 3.0 / 3.2, rel=0.01, abs=0)
        silica = Taper(refractive_index=1.448), PAPER[1].replace(refractive_index=1.448)
        assert float(hamaker_constant(*silica)) < with_h / 5

    def test_symmetry_in_the_refractive_indices(self):
        a = hamaker_constant(Taper(refractive_index=1.3), PAPER[1])
        b = hamaker_constant(Taper(), PAPER[1].replace(refractive_index=1.3))
        assert float(a) == pytest.approx(float(b), rel=1e-15, abs=0)

    def test_without_contrast_only_the_static_term_remains(self):
        at = Taper(refractive_index=1.0), PAPER[1].replace(temperature=[0.0, 100.0])
        expected = [0.0, 0.75 * printed.K_B * 100 * (2.9 / 4.9) ** 2]
        np.testing.assert_allclose(hamaker_constant(*at), expected, rtol=1e-14)


class TestForce:
    @pytest.mark.parametrize("h", [0.3e-9, 1e-9, 10e-9, 250e-9, 2e-6])
    def test_against_the_printed_equation(self, h):
        taper = PAPER[0].replace(separation=h)
        expected = printed.intermolecular_force(taper, PAPER[1], printed.hamaker(0.13, 1.48, 1.48))
        assert float(intermolecular_force(taper, PAPER[1])) == pytest.approx(
            expected, rel=1e-13, abs=0
        )

    def test_repulsive_at_contact_attractive_beyond(self):
        """The repulsion balances the Casimir attraction at 0.056 nm, less than an atom."""
        force = intermolecular_force(Taper(separation=[0.05e-9, 1e-9, 100e-9]), PAPER[1])
        np.testing.assert_array_equal(np.sign(force), [1, -1, -1])

    def test_total(self):
        taper = PAPER[0].replace(separation=np.array([[2e-9], [250e-9]]))
        device = PAPER[1].replace(spin=np.array([[0.0, 8e3, -23e3]]))
        expected = aerodynamic_force(taper, device) + intermolecular_force(taper, device)
        np.testing.assert_array_equal(total_force(taper, device), expected)
        assert expected.shape == (2, 3)

    def test_below_a_thousandth_of_the_aerodynamic_force(self):
        """At 23e3 rad/s and 250 nm with either viscosity; with that of air down to 20 nm."""
        implied = Taper(viscosity=implied_viscosity(*PAPER, printed.QUOTED_OMEGA_0))
        assert share(PAPER[0]) == pytest.approx(7.4e-7, rel=0.01, abs=0)
        assert share(implied) == pytest.approx(3.37e-5, rel=0.01, abs=0)
        assert np.all(share(PAPER[0].replace(separation=np.geomspace(20e-9, 2e-6, 20))) < 1e-3)
        assert np.all(share(implied.replace(separation=np.geomspace(80e-9, 2e-6, 20))) < 1e-3)
        assert np.all(share(implied.replace(separation=[2e-9, 50e-9])) > 1e-3)

    def test_32_bits_are_refused(self):
        with jax.enable_x64(False), pytest.raises(RuntimeError, match=r"`jaxcom\.taper` computes"):
            intermolecular_force(*PAPER)


class TestTransforms:
    def test_derivatives_against_the_printed_equations(self):
        """Fourth-order differences of the printed equations."""

        def value(h, T, n):
            taper = PAPER[0].replace(separation=h)
            return printed.intermolecular_force(taper, PAPER[1], printed.hamaker(T, 1.48, n))

        def force(h, T, n):
            device = PAPER[1].replace(temperature=T, refractive_index=n)
            return intermolecular_force(PAPER[0].replace(separation=h), device)

        at = (50e-9, 300.0, 1.6)
        slopes = jax.grad(force, argnums=(0, 1, 2))(*at)
        for i, slope in enumerate(slopes):
            step = np.eye(3)[i] * 1e-3
            near, far = (
                value(*(at * (1 + k * step))) - value(*(at * (1 - k * step))) for k in (1, 2)
            )
            assert float(slope) * at[i] == pytest.approx((8 * near - far) / 12e-3, rel=1e-7, abs=0)

    def test_mapped_and_compiled(self):
        h = jnp.array([5e-9, 50e-9, 500e-9])
        mapped = jax.jit(jax.vmap(lambda x: total_force(Taper(separation=x), PAPER[1])))(h)
        np.testing.assert_allclose(mapped, total_force(Taper(separation=h), PAPER[1]), rtol=1e-13)

    def test_invalid_tracers_give_nan(self):
        cold = jax.jit(lambda T: intermolecular_force(PAPER[0], PAPER[1].replace(temperature=T)))
        assert np.isnan(cold(-1.0))
        assert np.isnan(jax.grad(cold)(-1.0))
