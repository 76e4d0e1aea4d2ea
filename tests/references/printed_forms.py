"""Equations of S2 and S3 A as printed, in 40 digits, independent of `jaxcom.taper`."""

import functools
import math
from types import SimpleNamespace

import mpmath as mp
import numpy as np

import jaxcom as jc
from jaxcom.taper import Taper

mp.mp.dps = 40
QUOTED_OMEGA_0 = 81.6e6
HBAR, C, K_B = 6.62607015e-34 / (2 * math.pi), 299792458.0, 1.380649e-23
FIBER = ("radius", "arc_length", "separation", "viscosity", "youngs_modulus", "elastic_limit",
         "refractive_index")  # fmt: skip


def exact(design):
    """Fields of a taper or a resonator in 40 digits."""
    return SimpleNamespace(**{name: mp.mpf(float(x)) for name, x in vars(design).items()})


def gap_integral(h, r):
    """Integral 1/rho(h), S2.1, by adaptive quadrature over x."""
    return _gap_integral(mp.mpf(h), mp.mpf(r))


@functools.cache
def _gap_integral(h, r):
    marks = [mp.sqrt(2 * h * r) * mp.mpf(4) ** k for k in range(-1, 20)]
    cuts = [mp.mpf(0), *(mark for mark in marks if mark < 0.9 * r), r]
    return mp.quad(lambda x: (h - mp.sqrt(r**2 - x**2) + r) ** mp.mpf("-1.5"), cuts)


def air_force(t, r):
    """Aerodynamic force, S2.1."""
    speed = abs(r.spin) * gap_integral(t.separation, t.radius)
    return mp.mpf("6.19") * t.viscosity * r.radius ** mp.mpf("2.5") * speed


def displacement(t, r):
    """Displacement of the fiber, S2.4."""
    beta = (mp.pi * t.radius**2 * t.youngs_modulus / (3 * air_force(t, r))) ** (mp.mpf(1) / 3)
    return t.arc_length / 2 * (beta - mp.sqrt(beta**2 - 1))


def bending(t, d):
    """Bending phi for a displacement, S2.3."""
    return 4 * t.arc_length * d / (t.arc_length**2 + 4 * d**2)


def strain(t, d):
    """Strain for a displacement, S2.5."""
    phi = bending(t, d)
    return mp.asin(phi) / phi - 1


def stiffness(t, d):
    """Stiffness dF/dh of S2.5, in NumPy or mpmath."""
    L = t.arc_length
    unit = 16 * np.pi * t.radius**2 * t.youngs_modulus * L**2
    return unit * d * (L**2 - 4 * d**2) / (3 * (L**2 + 4 * d**2) ** 3)


def hamaker(T, n1, n2, planck=HBAR):
    """Hamaker constant, S2.7, for bodies with e1 = e2 = 3.9 across vacuum, e0 = n0 = 1."""
    e0, e1, e2, n0 = 1.0, 3.9, 3.9, 1.0
    static = 3 / 4 * K_B * T * (e1 - e0) * (e2 - e0) / ((e1 + e0) * (e2 + e0))
    roots = math.hypot(n1, n0), math.hypot(n2, n0)
    nu = 3 * math.sqrt(2) * planck * 3e15 / 16
    optical = (n1**2 - n0**2) * (n2**2 - n0**2) / (roots[0] * roots[1] * (roots[0] + roots[1]))
    return static + nu * optical


def intermolecular_force(taper, resonator, Ha):
    """Intermolecular force for a Hamaker constant, S2.6."""
    h = taper.separation
    van_der_waals = -Ha / (6 * math.pi * h**3) + 1e-76 / (45 * math.pi * h**9)
    casimir = -(math.pi**2) * C * HBAR / (240 * h**4)
    return taper.radius * resonator.radius * (van_der_waals + casimir)


def limits(t, r):
    """Limits Omega_0, Omega_1 and Omega_2 of the spin, S3.8 to S3.11."""
    rho = 1 / gap_integral(t.separation, t.radius)
    unit = rho * mp.pi * t.radius**2 / (t.viscosity * r.radius ** mp.mpf("2.5"))
    first = unit * t.youngs_modulus / mp.mpf("18.57")
    L, h = t.arc_length, t.separation
    second = (4 * L * h / (L**2 + 4 * h**2)) ** 3 * first
    bent = mp.sqrt(6 * t.elastic_limit / t.youngs_modulus)
    return first, second, unit * t.elastic_limit / mp.mpf("3.095") * bent


def slope(function, t, name):
    """Derivative of a function of the exact fields of a taper with respect to one of them."""

    def at(value):
        return function(SimpleNamespace(**(vars(t) | {name: value})))

    # Fourth-order differences: their error, some (1e-7)^4, is negligible in 40 digits.
    x = getattr(t, name)
    step = x * mp.mpf("1e-7")
    near, far = (at(x + k * step) - at(x - k * step) for k in (1, 2))
    return (8 * near - far) / (12 * step)


def designs(count, seed, **fixed):
    """Random tapers and resonators around the published ones, with spins below Omega_0."""
    rng = np.random.default_rng(seed)
    pairs = []
    for _ in range(count):
        scale = dict(zip(FIBER, rng.uniform(0.5, 2.0, len(FIBER)), strict=True))
        published = Taper(**fixed)
        changed = {name: getattr(published, name) * scale[name] for name in FIBER[:-1]}
        taper = Taper(**changed, refractive_index=rng.uniform(1.0, 2.0))
        device = jc.SpinningResonator(
            radius=rng.uniform(0.5e-3, 2e-3),
            temperature=rng.uniform(0, 300),
            refractive_index=rng.uniform(1.0, 2.0),
        )
        last = float(limits(exact(taper), exact(device))[0])
        pairs.append((taper, device.replace(spin=last * rng.uniform(-1, 1))))
    return pairs
