"""Equality of the two forms of the mean-field polynomial, for derivatives and for roots."""

import jax.numpy as jnp
import numpy as np

from jaxcom.mean_field.equation import residual
from jaxcom.mean_field.roots import expand, quintic
from jaxcom.rates import Rates

EPS = 2.0**-52


def random_rates(n):
    rng = np.random.default_rng(11)
    unused = jnp.ones(n)
    return Rates(
        kappa=jnp.asarray(10 ** rng.uniform(-3, 1, n)),
        gamma=unused,
        heating=unused,
        detuning=jnp.asarray(rng.uniform(-2, 4, n)),
        split=jnp.asarray(rng.uniform(-1, 1, n) * rng.choice([0, 1], n)),
        backscattering=jnp.asarray(rng.uniform(0, 2, n) * rng.choice([0, 1], n)),
        drive=jnp.asarray(10 ** rng.uniform(-4, 2, n)),
    )


def test_residual_is_the_quintic_in_units_of_kappa():
    """residual(-kappa z) = kappa^5 p(z), to a few roundings of the largest terms of p."""
    rates = random_rates(10_000)
    detuning = jnp.asarray(np.random.default_rng(12).uniform(-4, 4, 10_000))
    p, z = quintic(rates), -detuning / rates.kappa
    value = rates.kappa**5 * expand(p, z)[0]
    u, z = jnp.abs(z) + jnp.abs(p.m), jnp.abs(z)
    terms = u * (z**2 + 1 + p.r) ** 2 + p.sigma * ((z + jnp.abs(p.d)) ** 2 + 1 + p.j)
    error = jnp.abs(residual(detuning, rates) - value) / (rates.kappa**5 * terms)
    assert np.max(error) < 10 * EPS
