"""The numbers that the paper prints, each with the program's own."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from jaxcom import taper as mechanics
from jaxcom.direction import LEFT, RIGHT, Direction
from jaxcom.merit import (
    Peak,
    highest_nonreciprocal_temperature,
    smallest_nonreciprocal_quality,
)
from jaxcom.paper.blocks import DEVICE, FAST, KAPPA, OMEGA_M, chi, evaluated, largest
from jaxcom.paper.figure_2 import NONRECIPROCAL, RECIPROCAL
from jaxcom.paper.figure_s1 import TAPER, implied_taper

LEVEL = 1e-3
"""What |Delta E_N| has to reach for a device to count as nonreciprocal."""


class Fact(NamedTuple):
    """A number of the paper.

    Attributes:
        where: table, figure or section.
        what: its meaning, as Markdown.
        printed: the number as printed, whose digits say how exact it is meant.
        unit: of both numbers.
        ours: computes the program's number.
        sign: "<" for an upper bound, "~" for a number that is said to be rough.
        note: why they differ, or what the comparison means.
    """

    where: str
    what: str
    printed: str
    unit: str
    ours: Callable[[], Any]
    sign: str = ""
    note: str = ""


class Comparison(NamedTuple):
    """A fact with the program's number and the verdict."""

    fact: Fact
    ours: float
    agrees: bool

    @property
    def difference(self) -> str:
        """Ours less the printed one, relative to that; nothing for a bound."""
        printed = float(self.fact.printed)
        if self.fact.sign == "<" or printed == 0:
            return ""
        relative = self.ours / printed - 1
        return "0" if abs(relative) < 1e-12 else f"{relative:+.1e}"

    @property
    def verdict(self) -> str:
        """In words."""
        verdict = "agrees" if self.agrees else "differs"
        return verdict + (f": {self.fact.note}" if self.fact.note else "")


def compared(fact: Fact) -> Comparison:
    """Compute a fact, and judge it: it agrees if it rounds to what is printed, or obeys the bound.

    >>> compared(Fact("", "", "0.41", "", lambda: 0.4091)).agrees
    True
    >>> compared(Fact("", "", "452.1", "", lambda: 452.006)).agrees
    False
    """
    ours, printed = float(fact.ours()), float(fact.printed)
    if fact.sign == "<":
        return Comparison(fact, ours, ours < printed)
    within = half_a_unit(fact.printed) * (1 + 1e-9)  # a tie is decided by rounding
    return Comparison(fact, ours, abs(ours - printed) <= within)


def half_a_unit(printed: str) -> float:
    """Half a unit of the last digit of a number.

    >>> half_a_unit("0.41"), half_a_unit("1.22e15"), half_a_unit("1e7")
    (0.005, 5000000000000.0, 5000000.0)
    """
    mantissa, _, exponent = printed.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    return 0.5 * 10.0 ** (int(exponent or 0) - decimals)


def _at(detuning: float | int, side: Direction, output: str) -> float:
    return evaluated({"detuning": np.array([detuning * OMEGA_M])}, int(side), (output,))[
        output
    ].item()


def _peak(spin: float | int, side: Direction) -> Peak:
    return largest(DEVICE.replace(spin=spin), side)


def _chi(spin: float | int, strength: float | int, side: Direction) -> float:
    fields = {"spin": np.array([spin]), "backscattering": np.array([strength * KAPPA])}
    return chi(fields, int(side)).item()


def _limit(name: str, taper: Callable[[], mechanics.Taper]) -> float:
    return float(getattr(mechanics.spin_limits(taper(), DEVICE), name))


def _ratio_of_limits(name: str) -> float:
    limits = mechanics.spin_limits(TAPER, DEVICE)
    return float(getattr(limits, name) / limits.aerodynamic)


def _intermolecular_share() -> float:
    """|T_int|/T_air at the paper's separation and its faster spin."""
    device, taper = DEVICE.replace(spin=FAST), implied_taper()
    forces = (
        mechanics.intermolecular_force(taper, device),
        mechanics.aerodynamic_force(taper, device),
    )
    return float(abs(forces[0]) / forces[1])


_ROUNDED = "the paper seems to have used rounded constants"

TABLE_1 = (
    Fact("Table I", "omega_c", "1.22e15", "rad/s", lambda: DEVICE.omega_c),
    Fact("Table I", "kappa", "38.0e6", "rad/s", lambda: DEVICE.kappa),
    Fact("Table I", "G_0", "452.1", "rad/s", lambda: DEVICE.coupling, note=_ROUNDED),
    Fact("Table I", "x_zp", "0.41e-15", "m", lambda: DEVICE.zero_point_motion),
    Fact(
        "Table I", "n_m at 130 mK", "269.4", "", lambda: float(DEVICE.thermal_phonons),
        note=_ROUNDED,
    ),
    Fact("Table I", "Q_m = omega_m/gamma_m", "1.21e4", "", lambda: OMEGA_M / DEVICE.gamma_m),
)  # fmt: skip

FIGURES_1_AND_2 = (
    Fact("Fig. 1", "Delta_F at 8e3 rad/s", "2.869e7", "rad/s", lambda: DEVICE.sagnac_shift),
    Fact("Fig. 1", "the same", "0.455", "omega_m", lambda: DEVICE.sagnac_shift / OMEGA_M),
    *(
        Fact(
            "Fig. 2", f"N at {x:g} omega_m, {side.name.lower()}", printed, "",
            lambda x=x, side=side: _at(x, side, "photons_driven"),
        )
        for x, side, printed in (
            (NONRECIPROCAL, LEFT, "5.22e9"), (NONRECIPROCAL, RIGHT, "5.24e9"),
            (RECIPROCAL, LEFT, "1.30e9"), (RECIPROCAL, RIGHT, "7.77e9"),
        )
    ),
    Fact("Fig. 2", "E_N at omega_m, left", "3e-4", "", lambda: _at(1, LEFT, "log_negativity")),
    Fact("Fig. 2", "E_N at omega_m, right", "0.000", "", lambda: _at(1, RIGHT, "log_negativity")),
    Fact("Fig. 2", "max E_N at rest", "0.1476", "", lambda: _peak(0.0, LEFT).value),
    *(
        Fact(
            "Fig. 2", f"Delta_c of the maximum, {name}", printed, "omega_m",
            lambda spin=spin, side=side: _peak(spin, side).detuning / OMEGA_M,
        )
        for name, spin, side, printed in (
            ("at rest", 0.0, LEFT, "0.75"), ("left", 8e3, LEFT, "0.30"),
            ("right", 8e3, RIGHT, "1.21"),
        )
    ),
)  # fmt: skip

FIGURE_3 = tuple(
    Fact(
        "Fig. 3(f)", f"chi at J = {told}, Omega = {spin:g} rad/s, {side.name.lower()}", printed, "",
        partial(_chi, spin, strength, side),
    )
    for told, strength, spin, side, printed in (
        ("kappa", 1.0, 0.0, LEFT, "0.557"),
        ("kappa", 1.0, 23e3, LEFT, "0.881"),
        ("kappa", 1.0, 23e3, RIGHT, "0.917"),
        ("kappa/2", 0.5, 30e3, RIGHT, "0.985"),
    )
)  # fmt: skip

SUPPLEMENT = (
    Fact(
        "S3 A", "Omega_0 at 250 nm", "81.6e6", "rad/s",
        partial(_limit, "aerodynamic", implied_taper), note="it fixes the viscosity",
    ),
    Fact(
        "S3 A", "Omega_1 at 250 nm", "2.8e6", "rad/s", partial(_limit, "contact", implied_taper)
    ),
    Fact(
        "S3 A", "Omega_2 at 250 nm", "49.9e6", "rad/s", partial(_limit, "elastic", implied_taper)
    ),
    Fact("S3 A", "Omega_1/Omega_0", "0.0341", "", partial(_ratio_of_limits, "contact")),
    Fact("S3 A", "Omega_2/Omega_0", "0.611", "", partial(_ratio_of_limits, "elastic")),
    Fact(
        "Fig. S1(b)", r"\|T_int\|/T_air at 250 nm, 23e3 rad/s", "1e-3", "", _intermolecular_share,
        sign="<",
    ),
    Fact(
        "S3", "temperature up to which Delta E_N != 0", "0.6", "K",
        lambda: float(highest_nonreciprocal_temperature(DEVICE)), sign="~",
    ),
    Fact(
        "S4", rf"Q from which \|Delta E_N\| reaches {LEVEL:g}, a level chosen here", "1e7", "",
        lambda: float(smallest_nonreciprocal_quality(DEVICE, LEVEL)), sign="~",
    ),
)  # fmt: skip

FACTS: tuple[Fact, ...] = (*TABLE_1, *FIGURES_1_AND_2, *FIGURE_3, *SUPPLEMENT)


def all_compared() -> list[Comparison]:
    """Every fact, computed now."""
    return [compared(fact) for fact in FACTS]
