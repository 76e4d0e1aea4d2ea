"""Limits of the spin: numbers of the paper, printed equations, meaning of each limit."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from references import printed_forms as printed

import jaxcom as jc
from jaxcom.taper import (
    Taper,
    bending,
    displacement,
    implied_viscosity,
    maximal_spin,
    spin_limits,
    strain,
)

PAPER = Taper(), jc.SpinningResonator()
NAMES = ("aerodynamic", "contact", "elastic")
DESIGNS = printed.designs(6, seed=4)
LIMITED_BY = {
    "contact": Taper(),
    "elastic": Taper(separation=900e-9),
    "aerodynamic": Taper(separation=1.5e-6, elastic_limit=20e9),  # h = L/2: contact as well
}


def off(value, exact):
    return float(abs(float(value) / exact - 1))


def three(taper, resonator=PAPER[1]):
    limits = spin_limits(taper, resonator)
    return np.array([float(getattr(limits, name)) for name in NAMES])


@functools.cache
def slope(index, case, name):
    """Derivative of the printed Omega_0, Omega_1 or Omega_2 with respect to a field."""
    device = printed.exact(PAPER[1])
    taper = printed.exact(LIMITED_BY[case])
    return printed.slope(lambda t: printed.limits(t, device)[index], taper, name)


class TestPaper:
    def test_ratios(self):
        last, contact, elastic = three(PAPER[0])
        assert contact / last == pytest.approx(0.0341, abs=0.00005)
        assert elastic / last == pytest.approx(0.611, abs=0.0005)

    def test_quoted_limits_imply_a_viscosity(self):
        viscosity = implied_viscosity(*PAPER, printed.QUOTED_OMEGA_0)
        assert float(viscosity) == pytest.approx(3.98e-7, abs=0.005e-7)
        limits = three(PAPER[0].replace(viscosity=viscosity))
        np.testing.assert_allclose(limits, [81.6e6, 2.8e6, 49.9e6], rtol=0, atol=0.05e6)
        assert limits[0] == pytest.approx(printed.QUOTED_OMEGA_0, rel=1e-15, abs=0)

    def test_with_air(self):
        """A fiftieth of the quoted limits, and still above the 23e3 rad/s that are used."""
        limits = three(PAPER[0])
        np.testing.assert_allclose(limits, [1.80e6, 6.13e4, 1.10e6], rtol=3e-3)
        assert 23e3 < maximal_spin(*PAPER) == limits[1]


class TestPrintedEquations:
    @pytest.mark.parametrize("pair", DESIGNS)
    def test_limits(self, pair):
        expected = printed.limits(*map(printed.exact, pair))
        for value, exact in zip(three(*pair), expected, strict=True):
            assert off(value, exact) < 2e-14

    @pytest.mark.parametrize("pair", DESIGNS)
    def test_implied_viscosity(self, pair):
        """The result yields the given Omega_0, whatever the viscosity of the taper."""
        implied = implied_viscosity(*pair, 5e6)
        other = implied_viscosity(pair[0].replace(viscosity=1.0), pair[1], 5e6)
        assert float(implied) == pytest.approx(float(other), rel=1e-14, abs=0)
        assert three(pair[0].replace(viscosity=implied), pair[1])[0] == pytest.approx(5e6)


class TestMeaning:
    """Functions of the shape at the limits."""

    @pytest.mark.parametrize("pair", DESIGNS)
    def test_aerodynamic(self, pair):
        last = three(*pair)[0]
        assert float(bending(pair[0], pair[1].replace(spin=last * (1 - 1e-12)))) > 1 - 1e-12
        assert np.isnan(bending(pair[0], pair[1].replace(spin=last * (1 + 1e-12))))

    @pytest.mark.parametrize("h", [10e-9, 250e-9, 1.2e-6])
    def test_contact(self, h):
        taper = PAPER[0].replace(separation=h)
        touching = PAPER[1].replace(spin=three(taper)[1])
        assert float(displacement(taper, touching)) == pytest.approx(h, rel=1e-13, abs=0)

    def test_no_contact_beyond_half_the_arc(self):
        """The printed Omega_1 decreases again there, but d is below h up to Omega_0."""
        taper = PAPER[0].replace(separation=2e-6)
        last, contact, _ = three(taper)
        assert contact < last
        assert float(displacement(taper, PAPER[1].replace(spin=0.999 * last))) < 1.5e-6
        assert float(displacement(taper, PAPER[1].replace(spin=contact))) < 1.5e-6

    def test_elastic(self):
        """At Omega_2 phi^2/6 = Y/E, but asin(phi)/phi - 1 already exceeds Y/E."""
        last, _, elastic = three(PAPER[0])
        bent = PAPER[0], PAPER[1].replace(spin=elastic)
        assert float(bending(*bent)) ** 2 / 6 == pytest.approx(9 / 75, rel=1e-14, abs=0)
        assert float(strain(*bent)) > 1.25 * 9 / 75
        earlier = PAPER[0], PAPER[1].replace(spin=0.385640 * last)
        assert float(strain(*earlier)) == pytest.approx(9 / 75, rel=1e-5, abs=0)


class TestDerivatives:
    @pytest.mark.parametrize("name", ["separation", "radius"])
    @pytest.mark.parametrize("case", LIMITED_BY)
    def test_of_the_maximal_spin(self, case, name):
        index = NAMES.index(case)
        limits = three(LIMITED_BY[case])
        assert maximal_spin(LIMITED_BY[case], PAPER[1]) == limits[index] == limits.min()
        found = getattr(jax.grad(maximal_spin)(LIMITED_BY[case], PAPER[1]), name)
        assert off(found, slope(index, case, name)) < 1e-13

    @pytest.mark.parametrize("name", ["separation", "radius"])
    def test_of_each_limit(self, name):
        slopes = jax.jacfwd(spin_limits)(*PAPER)
        for index, limit in enumerate(NAMES):
            exact = slope(index, "contact", name)
            assert off(getattr(getattr(slopes, limit), name), exact) < 1e-13

    def test_powers(self):
        """Every limit scales as R^(-5/2)/mu, Omega_0 as E, Omega_2 as Y^(3/2) E^(-1/2)."""
        taper, device = (jax.jacrev(spin_limits, argnums=i)(*PAPER) for i in (0, 1))
        expected = {"viscosity": (-1, -1, -1), "youngs_modulus": (1, 1, -0.5),
                    "elastic_limit": (0, 0, 1.5)}  # fmt: skip
        for limit, value, place in zip(NAMES, three(PAPER[0]), range(3), strict=True):
            for name, powers in expected.items():
                found = getattr(getattr(taper, limit), name) * getattr(PAPER[0], name) / value
                assert float(found) == pytest.approx(powers[place], rel=1e-13, abs=1e-15)
            found = getattr(device, limit).radius * PAPER[1].radius / value
            assert float(found) == pytest.approx(-2.5, rel=1e-13, abs=0)


class TestArrays:
    def test_elementwise(self):
        h, r = np.array([[100e-9], [900e-9]]), np.array([[400e-9, 544e-9, 700e-9]])
        grid = maximal_spin(Taper(separation=h, radius=r), PAPER[1])
        alone = [[min(three(Taper(separation=x, radius=y))) for y in r[0]] for (x,) in h]
        np.testing.assert_allclose(grid, alone, rtol=1e-13)
        mapped = jax.vmap(lambda x: maximal_spin(Taper(separation=x), PAPER[1]))
        np.testing.assert_allclose(jax.jit(mapped)(h[:, 0]), grid[:, 1], rtol=1e-13)

    def test_only_the_shape_of_the_spin_matters(self):
        found = maximal_spin(PAPER[0], PAPER[1].replace(spin=np.array([0.0, -1e9])))
        np.testing.assert_array_equal(found, [maximal_spin(*PAPER)] * 2)

    def test_viscosities_for_several_limits(self):
        found = implied_viscosity(*PAPER, np.array([81.6e6, 163.2e6]))
        assert found[0] == 2 * found[1]
        assert implied_viscosity(*PAPER, 1) == PAPER[0].viscosity * three(PAPER[0])[0]

    def test_invalid_tracers_give_nan(self):
        limit = jax.jit(jax.vmap(lambda E: maximal_spin(Taper(youngs_modulus=E), PAPER[1])))
        np.testing.assert_array_equal(np.isnan(limit(jnp.array([7e10, -7e10]))), [False, True])


class TestPrinted:
    def test_one_design(self):
        lines = [" ".join(line.split()) for line in str(spin_limits(*PAPER)).splitlines()]
        last, contact, elastic = (f"{limit:.6g}" for limit in three(PAPER[0]))
        assert lines[0] == "Limits of the spin"
        assert f"aerodynamic Omega_0 {last} rad/s" in lines
        assert f"contact Omega_1 {contact} rad/s" in lines
        assert f"elastic Omega_2 {elastic} rad/s" in lines

    def test_batch(self):
        printed_text = str(spin_limits(Taper(separation=[100e-9, 250e-9]), PAPER[1]))
        assert printed_text.count("(2)") == 3

    def test_spin_limits_are_a_pytree(self):
        assert len(jax.tree.leaves(jax.jit(spin_limits)(*PAPER))) == 3
