"""Text tables for the printed form of designs, states and search results."""

from collections.abc import Iterable, Sequence

import numpy as np

Row = Sequence[object]


def number(value: object) -> str:
    """Text of a number with six digits, of an array as its range and shape, of a string as it is.

    >>> number(0.13), number(63e6), number(np.linspace(0, 1, 5)), number("stable")
    ('0.13', '6.3e+07', '0 .. 1 (5)', 'stable')
    """
    if isinstance(value, str):
        return value
    array = np.asarray(value)
    if array.dtype.kind not in "iufb":
        return str(value)
    if array.ndim == 0:
        return f"{array.item():.6g}"
    shape = " x ".join(map(str, array.shape))
    if not array.size or not np.any(np.isfinite(array)):
        return f"no finite value ({shape})"
    return f"{np.nanmin(array):.6g} .. {np.nanmax(array):.6g} ({shape})"


def share(chosen: np.ndarray) -> str:
    """Number of True entries of a boolean array and its size, as text.

    >>> share(np.array([True, False, True]))
    '2 of 3'
    """
    return f"{chosen.sum()} of {chosen.size}"


def table(title: str, blocks: Iterable[Sequence[Row]], header: Row | None = None) -> str:
    """Table with a title, as text.

    Rows shorter than the longest one are padded with empty cells.

    Args:
        title: title line.
        blocks: blocks of rows, separated by rules; empty ones are left out.
        header: names of the columns.

    >>> print(table("Rates", [[("kappa", 3.8e7, "rad/s")], [("n_m", 269.65, "")]]))
    Rates
    ---------------------
    kappa  3.8e+07  rad/s
    ---------------------
    n_m    269.65
    ---------------------
    """
    written = [[[number(cell) for cell in row] for row in block] for block in blocks if block]
    head = [[str(cell) for cell in header]] if header else []
    every = head + [row for block in written for row in block]
    columns = max(map(len, every), default=0)
    for row in every:
        row += [""] * (columns - len(row))
    widths = [max(map(len, column)) for column in zip(*every, strict=True)]
    line = "-" * max(sum(widths) + 2 * (len(widths) - 1), len(title))

    def draw(row: Sequence[str]) -> str:
        return "  ".join(
            cell.ljust(width) for cell, width in zip(row, widths, strict=True)
        ).rstrip()

    lines = [title, line]
    for block in ([head] if head else []) + written:
        lines += [draw(row) for row in block] + [line]
    return "\n".join(lines)
