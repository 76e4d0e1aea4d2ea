"""The device and its drive: parameters of Table I, derived rates, directions of the light."""

import dataclasses
import enum
import math
from typing import TYPE_CHECKING, Any, NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Bool, Float

from jaxcom.constants import c, hbar, k_B
from jaxcom.suggestions import did_you_mean
from jaxcom.tables import table

Scalar = float | Float[Array, "..."]


class Direction(enum.IntEnum):
    """Where the light comes from; the value is sigma, the sign of Delta_F in Eq. (1).

    The resonator spins clockwise. Light from the left drives the counter-clockwise mode, whose
    frequency the Sagnac effect raises; light from the right drives the clockwise one.
    """

    LEFT = 1
    RIGHT = -1


LEFT, RIGHT = Direction.LEFT, Direction.RIGHT


class Parameter(NamedTuple):
    """What is known of a field of `SpinningResonator` besides its value."""

    symbol: str
    unit: str
    meaning: str
    least: float
    attained: bool

    @property
    def allowed(self) -> str:
        """The range of the values in words."""
        if self.least == -math.inf:
            return "finite"
        return f"finite and {'at least' if self.attained else 'above'} {self.least:g}"

    def admits(self, value):
        """Elementwise: is the value finite and in range? Works on NumPy and JAX arrays alike."""
        finite = abs(value) < math.inf
        return finite & (value >= self.least if self.attained else value > self.least)


def _parameter(default, symbol, unit, meaning, *, above=-math.inf, at_least=None) -> Any:
    least, attained = (above, False) if at_least is None else (at_least, True)
    known = Parameter(symbol, unit, meaning, least, attained)
    return dataclasses.field(default=default, metadata={"parameter": known})


class SpinningResonator(eqx.Module):
    """A spinning optomechanical resonator and its drive: Table I, in SI units.

    Every frequency, rate and detuning is angular, in rad/s. A field is a float or an array; arrays
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
        TypeError: a name that is no field, or a value that is not real.
        ValueError: a value that is not finite or not in the range of its field.

    >>> import jaxcom as jc
    >>> device = jc.SpinningResonator(spin=23e3, power=20e-3)
    >>> round(device.kappa / 1e6, 1), round(device.coupling, 1)
    (38.0, 452.0)
    >>> device.replace(spin=8e3).sagnac_shift / device.omega_m
    0.455...
    """

    refractive_index: Scalar = _parameter(1.48, "n", "", "refractive index", at_least=1.0)
    dispersion: Scalar = _parameter(0.0, "(lambda/n) dn/dlambda", "", "dispersion term")
    radius: Scalar = _parameter(1.1e-3, "R", "m", "radius", above=0.0)
    mass: Scalar = _parameter(1e-11, "m", "kg", "effective mass", above=0.0)
    wavelength: Scalar = _parameter(1.55e-6, "lambda", "m", "vacuum wavelength", above=0.0)
    optical_quality: Scalar = _parameter(3.2e7, "Q", "", "optical quality factor", above=0.0)
    omega_m: Scalar = _parameter(63e6, "omega_m", "rad/s", "mechanical frequency", above=0.0)
    gamma_m: Scalar = _parameter(5.2e3, "gamma_m", "rad/s", "mechanical damping", above=0.0)
    temperature: Scalar = _parameter(0.130, "T", "K", "bath temperature", at_least=0.0)
    spin: Scalar = _parameter(8e3, "Omega", "rad/s", "angular velocity of the spin")
    power: Scalar = _parameter(20e-3, "P", "W", "input power", at_least=0.0)
    detuning: Scalar = _parameter(63e6, "Delta_c", "rad/s", "laser detuning omega_c - omega_l")
    backscattering: Scalar = _parameter(0.0, "J", "rad/s", "backscattering rate", at_least=0.0)

    # Type checkers see the constructor that the fields imply; this one adds the checks.
    if not TYPE_CHECKING:

        def __init__(self, **values):
            for name in values:
                require_known_field(name)
            for field in dataclasses.fields(self):
                value = values.get(field.name, field.default)
                setattr(self, field.name, _checked(field.name, value))
            _require_positive_laser_frequency(self)

    def replace(self, **changes: Any) -> "SpinningResonator":
        """The same resonator with some fields changed; errors as for the constructor."""
        return dataclasses.replace(self, **changes)

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
    def photon_flux(self) -> Scalar:
        """Drive strength eps^2 = 2 kappa P / (hbar omega_l) in (rad/s)^2."""
        return 2 * self.kappa * self.power / (hbar * self.omega_l)

    @property
    def drive_amplitude(self) -> Scalar:
        """Drive amplitude eps = sqrt(2 kappa P / (hbar omega_l)) in rad/s."""
        return self.photon_flux**0.5

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
        rows = [
            (p.meaning, p.symbol, getattr(self, name), p.unit) for name, p in PARAMETERS.items()
        ]
        derived = [
            ("optical frequency", "omega_c", self.omega_c, "rad/s"),
            ("optical decay", "kappa", self.kappa, "rad/s"),
            ("single-photon coupling", "G_0", self.coupling, "rad/s"),
            ("drive amplitude", "eps", self.drive_amplitude, "rad/s"),
            ("Sagnac-Fizeau shift", "|Delta_F|", self.sagnac_shift, "rad/s"),
            ("thermal phonons", "n_m", self.thermal_phonons, ""),
            ("zero-point motion", "x_zp", self.zero_point_motion, "m"),
        ]
        return table("Spinning optomechanical resonator", [rows, derived])


PARAMETERS: dict[str, Parameter] = {
    field.name: field.metadata["parameter"] for field in dataclasses.fields(SpinningResonator)
}


def is_valid(resonator: SpinningResonator) -> Bool[Array, "..."]:
    """Elementwise: are all fields finite and in range? What a traced value is judged by.

    >>> import jax, jaxcom as jc, jax.numpy as jnp
    >>> jax.jit(lambda T: is_valid(jc.SpinningResonator(temperature=T)))(jnp.array([0.1, -0.1]))
    Array([ True, False], dtype=bool)
    """
    verdict = resonator.omega_l > jnp.zeros(())
    for name, parameter in PARAMETERS.items():
        verdict = verdict & parameter.admits(getattr(resonator, name))
    return verdict


def require_known_field(name: str, kind: str = "field of SpinningResonator") -> None:
    """Raise TypeError, with a suggestion, unless `name` is a field of a resonator."""
    if name not in PARAMETERS:
        raise TypeError(f"`{name}` is no {kind}{did_you_mean(name, PARAMETERS)}")


def _checked(name: str, value) -> Scalar:
    """The value as a float or a floating array; tracers pass, for their values are not known."""
    if isinstance(value, Tracer):
        return value
    array = _as_real(name, value)
    parameter = PARAMETERS[name]
    wrong = array[~parameter.admits(array)]
    if wrong.size:
        raise ValueError(f"Argument `{name}` must be {parameter.allowed}, but is {wrong[0]:g}.")
    return float(array) if array.ndim == 0 else jnp.asarray(array)


def _as_real(name: str, value) -> np.ndarray:
    array = np.asarray(value)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"Argument `{name}` must be a real number or array, but is {value!r}.")
    return array.astype(float)


def _require_positive_laser_frequency(resonator: SpinningResonator) -> None:
    frequency = resonator.omega_l
    if not isinstance(frequency, Tracer) and np.any(np.asarray(frequency) <= 0):
        raise ValueError(
            "Argument `detuning` must be below the optical frequency "
            f"omega_c = {np.min(resonator.omega_c):.4g} rad/s, but is "
            f"{np.max(resonator.detuning):.4g} rad/s."
        )
