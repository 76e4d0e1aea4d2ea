"""Numbers printed in the paper, each compared with the computed one."""

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
from jaxcom.paper.blocks import FAST, evaluate, largest_of, revival_factors, table_1
from jaxcom.paper.figure_2 import NONRECIPROCAL, RECIPROCAL
from jaxcom.paper.figure_s1 import implied_taper
from jaxcom.taper import Taper

LEVEL = 1e-3
"""Value of |Delta E_N| from which a device counts as nonreciprocal."""


class Fact(NamedTuple):
    """Number printed in the paper.

    Attributes:
        where: table, figure or section of the paper.
        what: meaning of the number, as Markdown.
        printed: the number as printed, with all its digits.
        unit: unit of both numbers.
        compute: function that computes the number.
        sign: "<" for an upper bound, "~" for an approximate number.
        note: reason for a difference, or remark on the comparison.
    """

    where: str
    what: str
    printed: str
    unit: str
    compute: Callable[[], Any]
    sign: str = ""
    note: str = ""


class Comparison(NamedTuple):
    """Printed number, computed number, and verdict.

    Attributes:
        fact: the printed number.
        computed: the computed number.
        agrees: whether the computed number rounds to the printed one, or satisfies the bound.
    """

    fact: Fact
    computed: float
    agrees: bool

    @property
    def difference(self) -> str:
        """Relative difference of the computed from the printed number; empty for a bound."""
        printed = float(self.fact.printed)
        if self.fact.sign == "<" or printed == 0:
            return ""
        relative = self.computed / printed - 1
        return "0" if abs(relative) < 1e-12 else f"{relative:+.1e}"

    @property
    def verdict(self) -> str:
        """Verdict as text, with the note."""
        verdict = "agrees" if self.agrees else "differs"
        return verdict + (f": {self.fact.note}" if self.fact.note else "")


def compare(fact: Fact) -> Comparison:
    """Comparison of a printed number with the computed one.

    They agree if the computed number rounds to the printed one or satisfies the bound.

    >>> compare(Fact("", "", "0.41", "", lambda: 0.4091)).agrees
    True
    >>> compare(Fact("", "", "452.1", "", lambda: 452.006)).agrees
    False
    """
    computed, printed = float(fact.compute()), float(fact.printed)
    if fact.sign == "<":
        return Comparison(fact, computed, computed < printed)
    tolerance = half_last_digit(fact.printed) * (1 + 1e-9)  # a tie agrees, up to rounding
    return Comparison(fact, computed, abs(computed - printed) <= tolerance)


def half_last_digit(printed: str) -> float:
    """Half a unit of the last digit of a number.

    >>> half_last_digit("0.41"), half_last_digit("1.22e15"), half_last_digit("1e7")
    (0.005, 5000000000000.0, 5000000.0)
    """
    mantissa, _, exponent = printed.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    return 0.5 * 10.0 ** (int(exponent or 0) - decimals)


def _in_omega_m(rate: Any) -> float:
    """Rate in units of omega_m of Table I."""
    return float(rate) / float(table_1().omega_m)


def _at(detuning: float | int, side: Direction, output: str) -> float:
    """Output of the device of Table I at a detuning in units of omega_m."""
    fields = {"detuning": np.array([detuning * table_1().omega_m])}
    return evaluate(fields, int(side), (output,))[output].item()


def _peak(spin: float | int, side: Direction) -> Peak:
    """Largest E_N over the detuning of the device of Table I with a spin in rad/s."""
    return largest_of(table_1(spin=spin), side)


def _chi(spin: float | int, strength: float | int, side: Direction) -> float:
    """Revival factor chi for a spin in rad/s and a backscattering in units of kappa."""
    backscattering = np.array([strength * table_1().kappa])
    return revival_factors(
        {"spin": np.array([spin]), "backscattering": backscattering}, int(side)
    ).item()


def _implied_limit(name: str) -> float:
    """Limit of the spin in rad/s with the viscosity that the paper implies."""
    return float(getattr(mechanics.spin_limits(implied_taper(), table_1()), name))


def _ratio_of_limits(name: str) -> float:
    """Limit of the spin divided by Omega_0."""
    limits = mechanics.spin_limits(Taper(), table_1())
    return float(getattr(limits, name) / limits.aerodynamic)


def _intermolecular_share() -> float:
    """Relative force |T_int|/T_air at the separation of the paper and its faster spin."""
    device, taper = table_1(spin=FAST), implied_taper()
    forces = (
        mechanics.intermolecular_force(taper, device),
        mechanics.aerodynamic_force(taper, device),
    )
    return float(abs(forces[0]) / forces[1])


_ROUNDED = "the paper seems to have used rounded constants"

TABLE_1 = (
    Fact("Table I", "omega_c", "1.22e15", "rad/s", lambda: table_1().omega_c),
    Fact("Table I", "kappa", "38.0e6", "rad/s", lambda: table_1().kappa),
    Fact("Table I", "G_0", "452.1", "rad/s", lambda: table_1().coupling, note=_ROUNDED),
    Fact("Table I", "x_zp", "0.41e-15", "m", lambda: table_1().zero_point_motion),
    Fact(
        "Table I", "n_m at 130 mK", "269.4", "", lambda: float(table_1().thermal_phonons),
        note=_ROUNDED,
    ),
    Fact(
        "Table I", "Q_m = omega_m/gamma_m", "1.21e4", "",
        lambda: table_1().omega_m / table_1().gamma_m,
    ),
)  # fmt: skip

FIGURES_1_AND_2 = (
    Fact("Fig. 1", "Delta_F at 8e3 rad/s", "2.869e7", "rad/s", lambda: table_1().sagnac_shift),
    Fact(
        "Fig. 1", "Delta_F at 8e3 rad/s, in omega_m", "0.455", "omega_m",
        lambda: _in_omega_m(table_1().sagnac_shift),
    ),
    *(
        Fact(
            "Fig. 2", f"N at {x:g} omega_m, {side.label}", printed, "",
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
            lambda spin=spin, side=side: _in_omega_m(_peak(spin, side).detuning),
        )
        for name, spin, side, printed in (
            ("at rest", 0.0, LEFT, "0.75"), ("left", 8e3, LEFT, "0.30"),
            ("right", 8e3, RIGHT, "1.21"),
        )
    ),
)  # fmt: skip

FIGURE_3 = tuple(
    Fact(
        "Fig. 3(f)", f"chi at J = {J}, Omega = {spin:g} rad/s, {side.label}", printed, "",
        partial(_chi, spin, strength, side),
    )
    for J, strength, spin, side, printed in (
        ("kappa", 1.0, 0.0, LEFT, "0.557"),
        ("kappa", 1.0, 23e3, LEFT, "0.881"),
        ("kappa", 1.0, 23e3, RIGHT, "0.917"),
        ("kappa/2", 0.5, 30e3, RIGHT, "0.985"),
    )
)  # fmt: skip

SUPPLEMENT = (
    Fact(
        "S3 A", "Omega_0 at 250 nm", "81.6e6", "rad/s",
        partial(_implied_limit, "aerodynamic"), note="the viscosity is derived from it",
    ),
    Fact("S3 A", "Omega_1 at 250 nm", "2.8e6", "rad/s", partial(_implied_limit, "contact")),
    Fact("S3 A", "Omega_2 at 250 nm", "49.9e6", "rad/s", partial(_implied_limit, "elastic")),
    Fact("S3 A", "Omega_1/Omega_0", "0.0341", "", partial(_ratio_of_limits, "contact")),
    Fact("S3 A", "Omega_2/Omega_0", "0.611", "", partial(_ratio_of_limits, "elastic")),
    Fact(
        "Fig. S1(b)", r"\|T_int\|/T_air at 250 nm, 23e3 rad/s", "1e-3", "", _intermolecular_share,
        sign="<",
    ),
    Fact(
        "S3", "temperature up to which Delta E_N != 0", "0.6", "K",
        lambda: float(highest_nonreciprocal_temperature(table_1())), sign="~",
    ),
    Fact(
        "S4", rf"Q from which \|Delta E_N\| reaches {LEVEL:g}, a level chosen here", "1e7", "",
        lambda: float(smallest_nonreciprocal_quality(table_1(), LEVEL)), sign="~",
    ),
)  # fmt: skip

FACTS: tuple[Fact, ...] = (*TABLE_1, *FIGURES_1_AND_2, *FIGURE_3, *SUPPLEMENT)


def compare_all() -> list[Comparison]:
    """Comparisons of all printed numbers with newly computed ones."""
    return [compare(fact) for fact in FACTS]
