"""Integral over the gap against 40 digits and SciPy, and the aerodynamic force."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from references import printed_forms as printed
from scipy.integrate import quad

import jaxcom as jc
from jaxcom.taper import Taper, aerodynamic_force, drag_coefficient, gap_integral

R = 544e-9
RATIOS = 10.0 ** np.arange(-8, 5)
DESIGNS = printed.designs(5, seed=1)


def off(value, exact):
    """Relative error."""
    return float(abs(value / exact - 1))


def integral(h, r):
    return gap_integral(Taper(separation=h, radius=r))


@functools.cache
def slope(name, ratio):
    """Derivative of the exact integral with respect to h or r."""
    taper = printed.exact(Taper(radius=R, separation=R * ratio))
    return printed.slope(lambda t: printed.gap_integral(t.separation, t.radius), taper, name)


class TestGapIntegral:
    @pytest.mark.parametrize("ratio", RATIOS)
    def test_against_many_digits(self, ratio):
        assert off(float(integral(R * ratio, R)), printed.gap_integral(R * ratio, R)) < 1e-14

    @pytest.mark.parametrize("ratio", RATIOS[::3])
    def test_derivatives_against_many_digits(self, ratio):
        by_h, by_r = jax.grad(integral, argnums=(0, 1))(R * ratio, R)
        assert off(float(by_h), slope("separation", ratio)) < 2e-14
        assert off(float(by_r), slope("radius", ratio)) < 2e-14

    def test_against_scipy(self):
        h = 250e-9
        value, _ = quad(lambda x: (h - np.sqrt(R**2 - x**2) + R) ** -1.5, 0, R, epsrel=1e-12)
        assert float(integral(h, R)) == pytest.approx(value, rel=1e-10)

    @pytest.mark.parametrize(("ratio", "rel"), [(1e-8, 2e-4), (1e4, 1e-4)])
    def test_asymptotes(self, ratio, rel):
        """sqrt(2 r)/h for a narrow, parabolic gap; r/h^(3/2) for a wide one."""
        h = ratio * R
        expected = np.sqrt(2 * R) / h if ratio < 1 else R / h**1.5
        assert float(integral(h, R)) == pytest.approx(expected, rel=rel)

    def test_second_derivatives(self):
        """The integral is homogeneous, h I_h + r I_r = -I/2; derived once more by h and by r."""
        for ratio in RATIOS[::4]:
            h = R * ratio
            by_h, by_r = jax.grad(integral, argnums=(0, 1))(h, R)
            (hh, hr), (rh, rr) = jax.hessian(integral, argnums=(0, 1))(h, R)
            assert float(h * hh + R * rh) == pytest.approx(-1.5 * float(by_h), rel=1e-11)
            assert float(h * hr + R * rr) == pytest.approx(-1.5 * float(by_r), rel=1e-10)

    def test_forward_equals_reverse(self):
        forward = jax.jacfwd(integral, argnums=(0, 1))(250e-9, R)
        np.testing.assert_allclose(forward, jax.grad(integral, (0, 1))(250e-9, R), rtol=1e-14)

    def test_elementwise(self):
        h = R * RATIOS
        alone = [float(integral(x, R)) for x in h]
        np.testing.assert_allclose(integral(h, R), alone, rtol=1e-14)
        np.testing.assert_allclose(jax.vmap(lambda x: integral(x, R))(h), alone, rtol=1e-14)
        grid = integral(h[:, None], np.array([[R, 2 * R]]))
        assert grid.shape == (len(h), 2)
        np.testing.assert_allclose(grid[:, 0], alone, rtol=1e-14)

    def test_ranks_may_differ(self):
        assert integral(np.full((2, 1), 250e-9), np.full(3, R)).shape == (2, 3)

    def test_32_bits_are_refused(self):
        with jax.enable_x64(False), pytest.raises(RuntimeError, match=r"`jaxcom\.taper` computes"):
            integral(250e-9, R)


class TestForce:
    @pytest.mark.parametrize("pair", DESIGNS)
    def test_against_the_printed_equation(self, pair):
        expected = printed.air_force(*map(printed.exact, pair))
        assert off(float(aerodynamic_force(*pair)), expected) < 1e-14

    def test_either_sense_of_rotation(self):
        taper, device = Taper(), jc.SpinningResonator(spin=np.array([-23e3, 0.0, 23e3]))
        force = aerodynamic_force(taper, device)
        assert force[0] == force[2] > 0
        assert force[1] == 0
        np.testing.assert_allclose(force, drag_coefficient(taper, device) * abs(device.spin))

    def test_invalid_tracers_give_nan(self):
        """Even where the arithmetic is finite, such as for a negative viscosity."""
        of_viscosity = jax.jit(
            lambda mu: aerodynamic_force(Taper(viscosity=mu), jc.SpinningResonator())
        )
        of_temperature = jax.jit(
            lambda T: aerodynamic_force(Taper(), jc.SpinningResonator(temperature=T))
        )
        for function in (of_viscosity, of_temperature):
            np.testing.assert_array_equal(
                jnp.isnan(jax.vmap(function)(jnp.array([1e-5, -1e-5]))), [False, True]
            )
        assert np.isnan(jax.grad(of_viscosity)(-1e-5))
