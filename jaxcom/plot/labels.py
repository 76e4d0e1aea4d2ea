"""Labels of parameters in figures: names, symbols in LaTeX, and units that suit their size."""

import re
from collections.abc import Mapping

from jaxcom.plot.style import in_powers
from jaxcom.resonator import PARAMETERS, SpinningResonator

Fixed = Mapping[str, float]
"""Parameters that have one value in a figure, in SI units."""

_IN_TITLES = ("spin", "power", "detuning", "backscattering", "temperature", "optical_quality")


def factor_of(name: str, fixed: Fixed) -> float:
    """Factor by which values in SI units are multiplied in a figure.

    A detuning is in units of omega_m and a backscattering in units of kappa, if these are fixed;
    all other parameters are in their display units.

    Args:
        name: name of the parameter.
        fixed: parameters with one value.

    >>> factor_of("spin", {}), factor_of("detuning", {"omega_m": 2.0})
    (0.001, 0.5)
    """
    rate = _unit_rate(name, fixed)
    return PARAMETERS[name].display_factor if rate is None else 1 / rate[1]


def axis_label(name: str, fixed: Fixed) -> str:
    r"""Label of an axis, with its unit.

    Args:
        name: name of the parameter.
        fixed: parameters with one value.

    >>> axis_label("spin", {})
    'spin $\\Omega$ (krad/s)'
    >>> axis_label("detuning", {"omega_m": 63e6})
    'laser detuning $\\Delta_c/\\omega_m$   ($\\omega_m$ = $6.3\\times10^{7}$ rad/s)'
    """
    known, rate = PARAMETERS[name], _unit_rate(name, fixed)
    if rate is not None:
        symbol, value = rate
        ratio = rf"{known.label} ${known.latex}/{symbol}$"
        return rf"{ratio}   (${symbol}$ = {in_powers(value)} rad/s)"
    return f"{known.label} {short_label(name, fixed)}"


def short_label(name: str, fixed: Fixed) -> str:
    r"""Symbol of a parameter, with the unit or the rate in which its values are given.

    Args:
        name: name of the parameter.
        fixed: parameters with one value.

    >>> short_label("spin", {}), short_label("detuning", {"omega_m": 63e6})
    ('$\\Omega$ (krad/s)', '$\\Delta_c/\\omega_m$')
    """
    known, rate = PARAMETERS[name], _unit_rate(name, fixed)
    if rate is not None:
        return rf"${known.latex}/{rate[0]}$"
    return f"${known.latex}$" + (f" ({known.display_unit})" if known.display_unit else "")


def as_html(label: str) -> str:
    r"""Label as HTML, with italics, subscripts and Greek letters in place of LaTeX.

    >>> as_html(r"$\Delta_c/\omega_m$"), as_html("$P$ (mW)")
    ('<i>&Delta;<sub>c</sub>/&omega;<sub>m</sub></i>', '<i>P</i> (mW)')
    """
    label = re.sub(r"\\([A-Za-z]+)", r"&\1;", label.replace(r"\,", " "))
    label = re.sub(r"_(\w)", r"<sub>\1</sub>", label)
    return re.sub(r"\$(.*?)\$", r"<i>\1</i>", label)


def equation(name: str, value: float, fixed: Fixed) -> str:
    r"""Equation of a parameter and its value, for a title.

    Args:
        name: name of the parameter.
        value: value in SI units.
        fixed: parameters with one value.

    >>> equation("power", 20e-3, {}), equation("optical_quality", 3.2e7, {})
    ('$P$ = 20 mW', '$Q$ = $3.2\\times10^{7}$')
    """
    known, rate = PARAMETERS[name], _unit_rate(name, fixed)
    unit = known.display_unit if rate is None else f"${rate[0]}$"
    scaled = value * factor_of(name, fixed)
    number = in_powers(scaled) if abs(scaled) >= 1e5 else f"{scaled:.4g}"
    return f"${known.latex}$ = {number} {unit}".rstrip()


def title_of(fixed: Fixed) -> str:
    r"""Title with the values of those fixed parameters that are varied most often.

    >>> print(title_of({"spin": 8e3, "temperature": 0.13}))
    $\Omega$ = 8 krad/s, $T$ = 130 mK
    """
    return ", ".join(equation(name, fixed[name], fixed) for name in _IN_TITLES if name in fixed)


def _unit_rate(name: str, fixed: Fixed) -> tuple[str, float] | None:
    """Symbol and value in rad/s of the rate that is the unit of a parameter; None for SI units."""
    if name == "detuning" and "omega_m" in fixed:
        return PARAMETERS["omega_m"].latex, fixed["omega_m"]
    of_kappa = ("wavelength", "optical_quality")
    if name == "backscattering" and fixed.keys() >= set(of_kappa):
        device = SpinningResonator(**{field: fixed[field] for field in of_kappa})
        return r"\kappa", float(device.kappa)
    return None
