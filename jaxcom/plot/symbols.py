"""Names of quantities in figures, with symbols in LaTeX."""

import re

_SYMBOLS = {
    "Delta E_N": r"$\Delta E_N$",
    "E_N": "$E_N$",
    "nu_-": r"$\nu_-$",
    "chi": r"$\chi$",
    "T_c": "$T_c$",
    " - ": " $-$ ",
}
_PATTERN = re.compile(r"Delta E_N|E_N|nu_-|\bchi\b|T_c| - ")


def with_symbols(name: str) -> str:
    r"""Name of a quantity with its symbols in LaTeX.

    >>> print(with_symbols("mean of |Delta E_N|"), with_symbols("E_N(left) - E_N(right)"))
    mean of |$\Delta E_N$| $E_N$(left) $-$ $E_N$(right)
    """
    return _PATTERN.sub(lambda found: _SYMBOLS[found[0]], name)
