"""Device with tolerances, and its perturbed copies by plain NumPy."""

import numpy as np
from references import baselines

import jaxcom as jc
from optimize.robustness import Normal, Relative, Tolerances, Uniform

OMEGA_M = 63e6
DEVICE = jc.SpinningResonator(spin=20e3, power=20e-3, detuning=2.0 * OMEGA_M)
DEVICE = DEVICE.replace(backscattering=DEVICE.kappa)
TOLERANCES = Tolerances(
    backscattering=Relative(Normal(0.02)),
    detuning=Relative(Normal(0.01)),
    power=Relative(Normal(0.02)),
    spin=Relative(Normal(0.01)),
    temperature=Uniform(0.02),
)


def built(design, deviates):
    """Perturbed devices of a design, fields as arrays; deviates in the order of `TOLERANCES`."""
    J, detuning, power, spin, temperature = np.asarray(deviates).T
    return design.replace(
        backscattering=design.backscattering * (1 + 0.02 * J),
        detuning=design.detuning * (1 + 0.01 * detuning),
        power=design.power * (1 + 0.02 * power),
        spin=design.spin * (1 + 0.01 * spin),
        temperature=design.temperature + 0.02 / np.sqrt(3) * temperature,
    )


def random_deviates(count, seed):
    """Random deviates of `TOLERANCES`, drawn without inverse distribution functions."""
    rng = np.random.default_rng(seed)
    normal = rng.normal(size=(count, 4))
    return np.column_stack([normal, rng.uniform(-(3**0.5), 3**0.5, size=count)])


def abs_nonreciprocity(devices):
    """|E_N(left) - E_N(right)| of many devices by NumPy and LAPACK, NaN where unstable."""
    left, right = (
        baselines.from_design_numpy(baselines.fields(devices, side)) for side in (jc.LEFT, jc.RIGHT)
    )
    return np.abs(left - right)
