"""Report `reproduction.md`: all printed numbers, all remarks, all panels."""

from collections.abc import Mapping, Sequence

from jaxcom.paper.facts import Comparison
from jaxcom.paper.panel import Panel
from jaxcom.paper.remarks import Remark
from jaxcom.support.provenance import CITATION


def report(
    panels: Sequence[Panel],
    comparisons: Sequence[Comparison],
    remarks: Sequence[Remark],
    made_by: Mapping[str, str],
) -> str:
    """Report as Markdown, with links to the pictures in the same folder.

    Args:
        panels: all panels.
        comparisons: printed and computed numbers.
        remarks: discrepancies and open choices.
        made_by: provenance of the results.
    """
    parts = [
        _summary(comparisons, made_by), _numbers(comparisons), _remarks(remarks), _figures(panels)
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _summary(comparisons: Sequence[Comparison], made_by: Mapping[str, str]) -> str:
    """Title, citation and the numbers of agreements and differences."""
    exact = [c for c in comparisons if not c.fact.sign and not (c.agrees and c.fact.note)]
    others = [c for c in comparisons if c not in exact]
    agreeing, holding = (sum(c.agrees for c in group) for group in (exact, others))
    worst = max((abs(float(c.difference)) for c in exact if not c.agrees), default=0.0)
    program = "jaxcom {jaxcom}, commit {jaxcom_commit}, jax {jax} on {platform}".format(**made_by)
    return (
        f"# Reproduction of the paper\n\n{CITATION}, and its Supplemental Material.\n\n"
        f"Of {len(exact)} printed numbers, {agreeing} agree to the last printed digit and "
        f"{len(exact) - agreeing} differ by at most {worst:.1e}. {len(others)} further numbers are "
        f"bounds, approximate, or used to derive a parameter; {holding} of them hold. All computed "
        f"numbers on this page were computed by the run of `jaxcom reproduce` that wrote it "
        f"({program}). Hatching marks unstable ranges, where there is no steady state and no E_N."
        "\n\n![all panels](contact_sheet.png)"
    )


def _numbers(comparisons: Sequence[Comparison]) -> str:
    """Table of all printed numbers."""
    columns = ("source", "quantity", "paper", "computed", "relative difference", "verdict")
    head = f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|"
    return "## Printed numbers\n\n" + "\n".join([head, *map(_row, comparisons)])


def _row(comparison: Comparison) -> str:
    fact = comparison.fact
    cells = [
        fact.where,
        fact.what,
        f"{fact.sign} {fact.printed} {fact.unit}",
        f"{comparison.computed:.5g} {fact.unit}",
    ]
    cells = [*(cell.strip() for cell in cells), comparison.difference, comparison.verdict]
    return f"| {' | '.join(cells)} |"


def _remarks(remarks: Sequence[Remark]) -> str:
    sections = [f"### {remark.title}\n\n{remark.text}" for remark in remarks]
    return "## Discrepancies and open choices\n\n" + "\n\n".join(sections)


def _figures(panels: Sequence[Panel]) -> str:
    sections = [
        f"### {panel.label}: {panel.title}\n\n"
        + (f"{panel.chosen}\n\n" if panel.chosen else "")
        + f"![{panel.title}]({panel.name}.png)"
        for panel in panels
    ]
    opening = (
        "`jaxcom reproduce` also writes each panel as PDF and its data as netCDF. Choices that the "
        "paper leaves open are listed with each panel."
    )
    return f"## Panels\n\n{opening}\n\n" + "\n\n".join(sections)
