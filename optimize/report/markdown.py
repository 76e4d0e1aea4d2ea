"""Markdown tables and sections."""

from collections.abc import Iterable, Sequence

from jaxcom.support.tables import number


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    r"""Markdown table; numbers are written with six digits.

    >>> print(markdown_table(["what", "value"], [("power", 0.02), ("|x|", 1e9)]))
    | what | value |
    |---|---|
    | power | 0.02 |
    | \|x\| | 1e+09 |
    """
    lines = [head, *([number(cell) for cell in row] for row in rows)]
    drawn = ["| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines]
    return "\n".join([drawn[0], "|" + "---|" * len(head), *drawn[1:]])


def section(title: str, *parts: str) -> str:
    """Section with a title; empty parts are left out."""
    return "\n\n".join([f"## {title}", *(part for part in parts if part)])
