"""Suggestions in error messages about unknown names."""

import difflib
from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """End of an error message: the known name nearest to `name`, or all known names.

    >>> did_you_mean("strats", ["starts", "steps"])
    ': did you mean `starts`?'
    >>> did_you_mean("seed", ["starts", "steps"])
    '; known are starts, steps'
    """
    known = list(known)
    near = difflib.get_close_matches(name, known, n=1)
    return f": did you mean `{near[0]}`?" if near else f"; known are {', '.join(known)}"
