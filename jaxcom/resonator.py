"""The device and its drive: parameters of Table I and derived rates."""

import math

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool
from scipy.constants import c, hbar
from scipy.constants import k as k_B

from jaxcom.support.parameters import (
    Parameter,
    Parametrized,
    Scalar,
    parameter,
    parameters_of,
    require_known,
)
from jaxcom.support.tables import table
from jaxcom.support.tracing import is_traced


class SpinningResonator(Parametrized):
    """Spinning optomechanical resonator and its drive, by default that of Table I; SI units.

    Every frequency, rate and detuning is angular, in rad/s, and `kappa` is an amplitude rate: the
    full linewidth of the cavity is 2 kappa, so that a quality factor from a measured linewidth is
    half of `optical_quality`. A field is a float or an array; arrays
    broadcast against each other, and every function of a resonator then returns a batch. The
    object is a pytree: differentiate with respect to it, map over it, pass it through `jit`.

    Attributes:
        refractive_index: n of the resonator, at least 1.
        dispersion: (lambda/n) dn/dlambda, the dispersion term of Eq. (1).
        radius: R in m.
        mass: effective mass m of the mechanical mode in kg.
        wavelength: vacuum wavelength lambda in m.
        optical_quality: Q = omega_c / kappa.
        omega_m: mechanical frequency in rad/s.
        gamma_m: mechanical damping rate in rad/s.
        temperature: of the mechanical bath, T in K.
        spin: angular velocity Omega in rad/s; a negative one swaps the directions.
        power: of the drive, P in W.
        detuning: Delta_c = omega_c - omega_l of the resonator at rest, in rad/s.
        backscattering: coupling J of the two optical modes in rad/s.

    Raises:
        TypeError: a name that is not a field, or a value that is not real.
        ValueError: a value that is not finite or not in the range of its field.

    >>> import jaxcom as jc
    >>> device = jc.SpinningResonator(spin=23e3, power=20e-3)
    >>> round(device.kappa / 1e6, 1), round(device.coupling, 1)
    (38.0, 452.0)
    >>> device.replace(spin=8e3).sagnac_shift / device.omega_m
    0.455...
    """

    refractive_index: Scalar = parameter(1.48, "n", "", "refractive index", at_least=1.0)
    dispersion: Scalar = parameter(
        0.0, "(lambda/n) dn/dlambda", "", "dispersion term", latex=r"(\lambda/n)\,dn/d\lambda"
    )
    radius: Scalar = parameter(1.1e-3, "R", "m", "radius", above=0.0, display=("mm", 1e3))
    mass: Scalar = parameter(1e-11, "m", "kg", "effective mass", above=0.0, display=("ng", 1e12))
    wavelength: Scalar = parameter(
        1.55e-6, "lambda", "m", "vacuum wavelength", above=0.0,
        latex=r"\lambda", display=("µm", 1e6),
    )  # fmt: skip
    optical_quality: Scalar = parameter(3.2e7, "Q", "", "optical quality factor", above=0.0)
    omega_m: Scalar = parameter(
        63e6, "omega_m", "rad/s", "mechanical frequency", above=0.0,
        latex=r"\omega_m", display=("Mrad/s", 1e-6),
    )  # fmt: skip
    gamma_m: Scalar = parameter(
        5.2e3, "gamma_m", "rad/s", "mechanical damping", above=0.0,
        latex=r"\gamma_m", display=("krad/s", 1e-3),
    )  # fmt: skip
    temperature: Scalar = parameter(
        0.130, "T", "K", "bath temperature", at_least=0.0, display=("mK", 1e3)
    )
    spin: Scalar = parameter(
        8e3, "Omega", "rad/s", "angular velocity of the spin",
        label="spin", latex=r"\Omega", display=("krad/s", 1e-3),
    )  # fmt: skip
    power: Scalar = parameter(20e-3, "P", "W", "input power", at_least=0.0, display=("mW", 1e3))
    detuning: Scalar = parameter(
        63e6, "Delta_c", "rad/s", "laser detuning omega_c - omega_l",
        label="laser detuning", latex=r"\Delta_c", display=("Mrad/s", 1e-6),
    )  # fmt: skip
    backscattering: Scalar = parameter(
        0.0, "J", "rad/s", "backscattering rate", at_least=0.0,
        label="backscattering", display=("Mrad/s", 1e-6),
    )  # fmt: skip

    def __check_init__(self) -> None:
        _require_positive_laser_frequency(self)

    @property
    def omega_c(self) -> Scalar:
        """Optical resonance of the resonator at rest, 2 pi c / lambda, in rad/s."""
        return 2 * math.pi * c / self.wavelength

    @property
    def omega_l(self) -> Scalar:
        """Laser frequency omega_c - Delta_c in rad/s."""
        return self.omega_c - self.detuning

    @property
    def kappa(self) -> Scalar:
        """Optical (amplitude) decay rate omega_c / Q in rad/s."""
        return self.omega_c / self.optical_quality

    @property
    def zero_point_motion(self) -> Scalar:
        """x_zp = sqrt(hbar / (m omega_m)) in m, the unit of the mechanical coordinate q."""
        return (hbar / (self.mass * self.omega_m)) ** 0.5

    @property
    def coupling(self) -> Scalar:
        """Single-photon coupling G_0 = (omega_c / R) x_zp in rad/s."""
        return self.omega_c / self.radius * self.zero_point_motion

    @property
    def drive_squared(self) -> Scalar:
        """Square of the drive amplitude, eps^2 = 2 kappa P / (hbar omega_l), in (rad/s)^2."""
        return 2 * self.kappa * self.power / (hbar * self.omega_l)

    @property
    def drive_amplitude(self) -> Scalar:
        """Drive amplitude eps = sqrt(2 kappa P / (hbar omega_l)) in rad/s."""
        return self.drive_squared**0.5

    @property
    def thermal_phonons(self) -> Scalar:
        """Mean phonon number of the bath, n_m = 1 / (exp(hbar omega_m / k_B T) - 1); 0 at T = 0."""
        # Above 700 the number is below 1e-304: taken as 0, so that no derivative overflows.
        quantum, thermal = hbar * self.omega_m, k_B * self.temperature
        occupied = quantum < 700 * thermal
        ratio = quantum / jnp.where(occupied, thermal, 1.0)
        return jnp.where(occupied, 1 / jnp.expm1(jnp.where(occupied, ratio, 1.0)), 0.0)

    @property
    def sagnac_shift(self) -> Scalar:
        """Sagnac-Fizeau shift |Delta_F| of Eq. (1) in rad/s, with the sign of the spin."""
        n = self.refractive_index
        drag = 1 - 1 / n**2 - self.dispersion
        return self.spin * n * self.radius * self.omega_c / c * drag

    def __str__(self) -> str:
        if not bool(np.all(self.admitted())):  # no device: a gradient, or a difference of two
            rows = [(*row[:3], f"per {row[3]}" if row[3] else "") for row in self.rows()]
            return table("Derivatives by the fields of a resonator", [rows])
        derived = [
            ("optical frequency", "omega_c", self.omega_c, "rad/s"),
            ("optical decay", "kappa", self.kappa, "rad/s"),
            ("single-photon coupling", "G_0", self.coupling, "rad/s"),
            ("drive amplitude", "eps", self.drive_amplitude, "rad/s"),
            ("Sagnac-Fizeau shift", "|Delta_F|", self.sagnac_shift, "rad/s"),
            ("thermal phonons", "n_m", self.thermal_phonons, ""),
            ("zero-point motion", "x_zp", self.zero_point_motion, "m"),
        ]
        return table("Spinning optomechanical resonator", [self.rows(), derived])


PARAMETERS: dict[str, Parameter] = parameters_of(SpinningResonator)

DETUNING_WINDOW = (-1.0, 4.0)
"""Default range of the detuning in units of omega_m, that of most of the paper's figures."""


def is_valid(resonator: SpinningResonator) -> Bool[Array, "..."]:
    """Whether all fields are finite and in range, elementwise; traced values are judged so.

    >>> import jax, jaxcom as jc, jax.numpy as jnp
    >>> jax.jit(lambda T: is_valid(jc.SpinningResonator(temperature=T)))(jnp.array([0.1, -0.1]))
    Array([ True, False], dtype=bool)
    """
    return resonator.admitted() & (resonator.omega_l > jnp.zeros(()))


def require_known_field(name: str, kind: str = "field of SpinningResonator") -> None:
    """Raise TypeError, with a suggestion, unless `name` is a field of a resonator."""
    require_known(name, PARAMETERS, kind)


def _require_positive_laser_frequency(resonator: SpinningResonator) -> None:
    frequency = resonator.omega_l
    if not is_traced(frequency) and np.any(np.asarray(frequency) <= 0):
        raise ValueError(
            "Argument `detuning` must be below the optical frequency "
            f"omega_c = {np.min(resonator.omega_c):.4g} rad/s, but is "
            f"{np.max(resonator.detuning):.4g} rad/s."
        )
