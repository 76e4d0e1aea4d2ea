"""How parameters are written in figures: symbols, and units that suit their size."""

import math
import re
from collections.abc import Mapping
from typing import NamedTuple

from jaxcom.constants import c
from jaxcom.plot.style import in_powers
from jaxcom.resonator import PARAMETERS


class _Written(NamedTuple):
    """A parameter in figures: symbol, name, how many of the unit make one in SI, the unit."""

    symbol: str
    name: str
    factor: float = 1.0
    unit: str = ""


_FIELDS: dict[str, _Written] = {
    "refractive_index": _Written("n", "refractive index"),
    "dispersion": _Written(r"(\lambda/n)\,dn/d\lambda", "dispersion"),
    "radius": _Written("R", "radius", 1e3, "mm"),
    "mass": _Written("m", "effective mass", 1e12, "ng"),
    "wavelength": _Written(r"\lambda", "wavelength", 1e6, "µm"),
    "optical_quality": _Written("Q", "optical quality factor"),
    "omega_m": _Written(r"\omega_m", "mechanical frequency", 1e-6, "Mrad/s"),
    "gamma_m": _Written(r"\gamma_m", "mechanical damping", 1e-3, "krad/s"),
    "temperature": _Written("T", "bath temperature", 1e3, "mK"),
    "spin": _Written(r"\Omega", "spin", 1e-3, "krad/s"),
    "power": _Written("P", "input power", 1e3, "mW"),
    "detuning": _Written(r"\Delta_c", "laser detuning", 1e-6, "Mrad/s"),
    "backscattering": _Written("J", "backscattering", 1e-6, "Mrad/s"),
}
assert _FIELDS.keys() == PARAMETERS.keys()

Fixed = Mapping[str, float]
"""The parameters that have one value."""


def factor_of(name: str, fixed: Fixed) -> float:
    """What a value in SI is multiplied by for a figure.

    >>> factor_of("spin", {}), factor_of("detuning", {"omega_m": 2.0})
    (0.001, 0.5)
    """
    rate = _rate_of(name, fixed)
    return _FIELDS[name].factor if rate is None else 1 / rate[1]


def axis_label(name: str, fixed: Fixed) -> str:
    r"""The label of an axis, with its unit.

    >>> axis_label("spin", {})
    'spin $\\Omega$ (krad/s)'
    >>> axis_label("detuning", {"omega_m": 63e6})
    'laser detuning $\\Delta_c/\\omega_m$   ($\\omega_m$ = $6.3\\times10^{7}$ rad/s)'
    """
    written, rate = _FIELDS[name], _rate_of(name, fixed)
    if rate is not None:
        symbol, value = rate
        ratio = rf"{written.name} ${written.symbol}/{symbol}$"
        return rf"{ratio}   (${symbol}$ = {in_powers(value)} rad/s)"
    unit = f" ({written.unit})" if written.unit else ""
    return f"{written.name} ${written.symbol}${unit}"


def short_label(name: str, fixed: Fixed) -> str:
    r"""The symbol of a parameter, with the unit or the rate that its values are told in.

    >>> short_label("spin", {}), short_label("detuning", {"omega_m": 63e6})
    ('$\\Omega$ (krad/s)', '$\\Delta_c/\\omega_m$')
    """
    written, rate = _FIELDS[name], _rate_of(name, fixed)
    if rate is not None:
        return rf"${written.symbol}/{rate[0]}$"
    return f"${written.symbol}$" + (f" ({written.unit})" if written.unit else "")


def as_html(label: str) -> str:
    r"""A label for a browser, which does not typeset formulas but knows Greek letters by name.

    >>> as_html(r"$\Delta_c/\omega_m$"), as_html("$P$ (mW)")
    ('<i>&Delta;<sub>c</sub>/&omega;<sub>m</sub></i>', '<i>P</i> (mW)')
    """
    label = re.sub(r"\\([A-Za-z]+)", r"&\1;", label.replace(r"\,", " "))
    label = re.sub(r"_(\w)", r"<sub>\1</sub>", label)
    return re.sub(r"\$(.*?)\$", r"<i>\1</i>", label)


def equation(name: str, value: float, fixed: Fixed) -> str:
    r"""A parameter and its value, for a title.

    >>> equation("power", 20e-3, {}), equation("optical_quality", 3.2e7, {})
    ('$P$ = 20 mW', '$Q$ = $3.2\\times10^{7}$')
    """
    written, rate = _FIELDS[name], _rate_of(name, fixed)
    unit = written.unit if rate is None else f"${rate[0]}$"
    scaled = value * factor_of(name, fixed)
    number = in_powers(scaled) if abs(scaled) >= 1e5 else f"{scaled:.4g}"
    return f"${written.symbol}$ = {number} {unit}".rstrip()


def title_of(fixed: Fixed) -> str:
    r"""What is held fixed, of what is usually varied.

    >>> print(title_of({"spin": 8e3, "temperature": 0.13}))
    $\Omega$ = 8 krad/s, $T$ = 130 mK
    """
    told = ("spin", "power", "detuning", "backscattering", "temperature", "optical_quality")
    return ", ".join(equation(name, fixed[name], fixed) for name in told if name in fixed)


def _rate_of(name: str, fixed: Fixed) -> tuple[str, float] | None:
    """The rate in whose multiples a parameter is told, if that rate is fixed."""
    if name == "detuning" and "omega_m" in fixed:
        return r"\omega_m", fixed["omega_m"]
    if name == "backscattering" and {"wavelength", "optical_quality"} <= fixed.keys():
        return r"\kappa", 2 * math.pi * c / fixed["wavelength"] / fixed["optical_quality"]
    return None
