"""How an error message ends: with the name that was probably meant."""

import difflib
from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The end of an error message: the nearest known name, or all of them.

    >>> did_you_mean("strats", ["starts", "steps"])
    ': did you mean `starts`?'
    """
    known = list(known)
    near = difflib.get_close_matches(name, known, n=1)
    return f": did you mean `{near[0]}`?" if near else f"; known are {', '.join(known)}"
