"""Shape, tension and strain against the printed equations and against each other."""

import functools

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest
from references import printed_forms as printed

import jaxcom as jc
from jaxcom.taper import (
    Taper,
    aerodynamic_force,
    bending,
    displacement,
    restoring_force,
    spin_limits,
    stiffness,
    strain,
)
from jaxcom.taper.deformation import elongation

ALL = (bending, displacement, restoring_force, stiffness, strain)
DESIGNS = printed.designs(8, seed=2)
PAPER = Taper(), jc.SpinningResonator(spin=23e3)
each_function = pytest.mark.parametrize("function", ALL, ids=lambda f: f.__name__)
each_design = pytest.mark.parametrize("pair", DESIGNS)


def off(value, exact):
    return float(abs(float(value) / exact - 1))


@functools.cache
def exact_displacement(index):
    return printed.displacement(*map(printed.exact, DESIGNS[index]))


def at_spin(function, spin, taper=PAPER[0]):
    return function(taper, PAPER[1].replace(spin=spin))


@pytest.mark.parametrize("index", range(len(DESIGNS)))
class TestPrintedEquations:
    """Forces are exact to 1e-14; near Omega_0 the square root amplifies errors up to tenfold."""

    def test_displacement(self, index):
        assert off(displacement(*DESIGNS[index]), exact_displacement(index)) < 1e-13

    def test_bending(self, index):
        taper = printed.exact(DESIGNS[index][0])
        expected = printed.bending(taper, exact_displacement(index))
        assert off(bending(*DESIGNS[index]), expected) < 1e-14

    def test_strain(self, index):
        taper = printed.exact(DESIGNS[index][0])
        expected = printed.strain(taper, exact_displacement(index))
        assert off(strain(*DESIGNS[index]), expected) < 1e-13

    def test_stiffness(self, index):
        taper = DESIGNS[index][0]
        expected = printed.stiffness(taper, float(exact_displacement(index)))
        assert off(stiffness(*DESIGNS[index]), expected) < 1e-12


class TestElongation:
    X = np.concatenate([10.0 ** np.arange(-150, 0, 10), np.linspace(0.02, 1, 50), [1 - 1e-12]])

    def test_against_many_digits(self):
        """Down to strains of 1e-300; in floats asin(x)/x - 1 has no digit left below x = 1e-8."""
        with mp.workdps(330):
            exact = [mp.asin(mp.mpf(x)) / mp.mpf(x) - 1 for x in self.X]
        errors = [
            off(value, e) for value, e in zip(elongation(jnp.array(self.X)), exact, strict=True)
        ]
        assert max(errors) < 1e-15

    @pytest.mark.parametrize("x", [1e-9, 1e-3, 0.3, 0.7, 0.99])
    def test_derivative(self, x):
        """Against (1/sqrt(1 - x^2) - asin(x)/x) / x."""
        x_, slope = mp.mpf(x), jax.grad(elongation)(x)
        assert off(slope, (1 / mp.sqrt(1 - x_**2) - mp.asin(x_) / x_) / x_) < 1e-13

    def test_edges(self):
        assert elongation(jnp.array(0.0)) == 0
        assert jax.grad(elongation)(0.0) == 0
        assert float(elongation(jnp.array(1.0))) == pytest.approx(np.pi / 2 - 1, rel=1e-15, abs=0)


@each_design
class TestMechanics:
    def test_tension_balances_the_air(self, pair):
        """Each end of the fiber pulls with force F at an angle whose sine is phi."""
        expected = 2 * bending(*pair) * restoring_force(*pair)
        assert off(aerodynamic_force(*pair), float(expected)) < 1e-14

    def test_stiffness_is_the_slope_of_the_tension(self, pair):
        """Slope dF/dd as (dF/dx)/(dd/dx), where x is the spin or the viscosity."""
        for name in ("spin", "viscosity"):
            holder = 1 if name == "spin" else 0
            rise, move = (
                getattr(jax.grad(f, argnums=holder)(*pair), name)
                for f in (restoring_force, displacement)
            )
            assert off(stiffness(*pair), float(rise / move)) < 1e-12

    def test_tension_is_the_integral_of_the_stiffness(self, pair):
        taper, last = pair[0], float(displacement(*pair))
        nodes, weights = np.polynomial.legendre.leggauss(40)
        integral = last / 2 * np.sum(weights * printed.stiffness(taper, last * (1 + nodes) / 2))
        assert off(restoring_force(*pair), integral) < 1e-12

    def test_geometry_of_an_arc(self, pair):
        """Arc over the chord L with sagitta d, as a polygon of a million sides."""
        L, d = pair[0].arc_length, float(displacement(*pair))
        radius = (L**2 + 4 * d**2) / (8 * d)
        x = np.linspace(-L / 2, L / 2, 1_000_001)
        y = np.sqrt(radius**2 - x**2)
        length = np.sum(np.hypot(np.diff(x), np.diff(y)))
        assert y.max() - y.min() == pytest.approx(d, rel=1e-9, abs=0)
        assert length / L - 1 == pytest.approx(float(strain(*pair)), rel=1e-6, abs=0)


class TestDerivatives:
    @each_function
    @pytest.mark.parametrize("pair", DESIGNS[:2])
    def test_against_differences(self, function, pair):
        """Fourth-order differences in relative steps of 1e-4: a relative error of some 1e-11."""
        slopes = jax.tree.leaves(jax.grad(function, argnums=(0, 1))(*pair))
        forward = jax.tree.leaves(jax.jacfwd(function, argnums=(0, 1))(*pair))
        leaves, structure = jax.tree.flatten(pair)
        value = float(function(*pair))
        moves = np.array([1, -1, 2, -2])[:, None, None] * 1e-4 * np.eye(len(leaves))
        moved = jnp.array(np.moveaxis(np.array(leaves) * (1 + moves), -1, 0))
        plus, minus, far, back = function(*jax.tree.unflatten(structure, [*moved]))
        differences = (8 * (plus - minus) - far + back) / 12e-4
        by_share = np.array(slopes) * leaves
        np.testing.assert_allclose(by_share, differences, rtol=1e-8, atol=1e-9 * value)
        np.testing.assert_allclose(slopes, forward, rtol=1e-12)

    @each_function
    def test_at_rest(self, function):
        pair = PAPER[0], PAPER[1].replace(spin=0.0)
        assert function(*pair) == 0
        of_taper, of_device = map(vars, jax.grad(function, argnums=(0, 1))(*pair))
        assert not np.isfinite(of_device.pop("spin"))
        assert not any([*of_taper.values(), *of_device.values()])
        alone = jax.jacfwd(lambda h: function(PAPER[0].replace(separation=h), pair[1]))
        assert alone(250e-9) == 0

    @each_function
    def test_beyond_the_aerodynamic_limit(self, function):
        last = float(spin_limits(*PAPER).aerodynamic)
        assert np.isfinite(at_spin(function, last * (1 - 1e-12)))
        for spin in (last * (1 + 1e-12), -2 * last, 100 * last):
            assert np.isnan(at_spin(function, spin))
            assert np.isnan(jax.grad(lambda s: at_spin(function, s))(spin))
            assert np.isnan(
                jax.jacfwd(lambda h, s=spin: at_spin(function, s, Taper(separation=h)))(250e-9)
            )


class TestArrays:
    @each_function
    def test_elementwise(self, function):
        h, spins = np.array([[100e-9], [250e-9], [1e-6]]), np.array([[8e3, -23e3]])
        grid = at_spin(function, spins, Taper(separation=h))
        assert grid.shape == (3, 2)
        alone = [[float(at_spin(function, s, Taper(separation=x))) for s in spins[0]] for (x,) in h]
        np.testing.assert_allclose(grid, alone, rtol=1e-13)
        mapped = jax.jit(jax.vmap(lambda x: at_spin(function, 8e3, Taper(separation=x))))(h[:, 0])
        np.testing.assert_allclose(mapped, grid[:, 0], rtol=1e-13)

    @each_function
    def test_every_field_broadcasts(self, function):
        """Including fields that the function does not use, so that the shape is predictable."""
        assert function(PAPER[0], PAPER[1].replace(power=np.zeros(3))).shape == (3,)
        with jax.numpy_rank_promotion("allow"):
            wide = Taper(separation=np.full((2, 1), 250e-9))
            assert at_spin(function, np.full(3, 8e3), wide).shape == (2, 3)


def test_shape_at_the_published_point():
    """With air at 23e3 rad/s: 178 nm and 0.9 %, below contact and the elastic limit."""
    assert float(displacement(*PAPER)) == pytest.approx(177.9e-9, rel=1e-3, abs=0)
    assert float(strain(*PAPER)) == pytest.approx(0.00936, rel=1e-3, abs=0)
