"""The report `reproduction.md`: every panel, every printed number, every disagreement."""

from collections.abc import Sequence

from jaxcom.paper.facts import Comparison
from jaxcom.paper.findings import Finding
from jaxcom.paper.panel import Panel
from jaxcom.support.provenance import provenance

REFERENCE = (
    "Y.-F. Jiao, S.-D. Zhang, Y.-L. Zhang, A. Miranowicz, L.-M. Kuang, H. Jing, "
    '"Nonreciprocal optomechanical entanglement against backscattering losses", '
    "Phys. Rev. Lett. **125**, 143605 (2020)"
)


def written(
    panels: Sequence[Panel], comparisons: Sequence[Comparison], findings: Sequence[Finding]
) -> str:
    """The report as Markdown; figures lie beside it."""
    parts = [_head(comparisons), _numbers(comparisons), _found(findings), _figures(panels)]
    return "\n\n".join(parts) + "\n"


def _head(comparisons: Sequence[Comparison]) -> str:
    told = [c for c in comparisons if not c.fact.sign and not (c.agrees and c.fact.note)]
    others = [c for c in comparisons if c not in told]
    exact, hold = (sum(c.agrees for c in some) for some in (told, others))
    worst = max((abs(float(c.difference)) for c in told if not c.agrees), default=0.0)
    made_by = provenance()
    program = "jaxcom {jaxcom}, commit {jaxcom_commit}, jax {jax} on {platform}".format(**made_by)
    return (
        f"# The paper, reproduced\n\n{REFERENCE}, and its Supplemental Material.\n\n"
        f"Of {len(told)} printed numbers {exact} agree to their last digit, and "
        f"{len(told) - exact} differ by {worst:.1e} at most. {len(others)} more are bounds, rough, "
        f"or fitted: {hold} of them hold. Every number of ours on this page was computed when it "
        f"was written, by `jaxcom reproduce` ({program}). Unstable ranges are hatched: no steady "
        "state exists there, and no E_N.\n\n![all panels](contact_sheet.png)"
    )


def _numbers(comparisons: Sequence[Comparison]) -> str:
    rows = [_row(each) for each in comparisons]
    head = (
        "| where | what | paper | ours | relative difference | verdict |\n|---|---|---|---|---|---|"
    )
    return "## Every printed number\n\n" + "\n".join([head, *rows])


def _row(each: Comparison) -> str:
    fact = each.fact
    printed = f"{fact.sign} {fact.printed} {fact.unit}"
    cells = (fact.where, fact.what, printed, f"{each.ours:.5g} {fact.unit}")
    return f"| {' | '.join(cell.strip() for cell in cells)} | {each.difference} | {each.verdict} |"


def _found(findings: Sequence[Finding]) -> str:
    told = [f"### {finding.title}\n\n{finding.text}" for finding in findings]
    return "## Where they disagree, and what is left open\n\n" + "\n\n".join(told)


def _figures(panels: Sequence[Panel]) -> str:
    told = [
        f"### {panel.label}: {panel.title}\n\n"
        + (f"{panel.chosen}\n\n" if panel.chosen else "")
        + f"![{panel.title}]({panel.name}.png)"
        for panel in panels
    ]
    opening = (
        "`jaxcom reproduce` also writes each as PDF, and its data as netCDF. What the paper leaves "
        "open and was chosen here is said with each panel."
    )
    return f"## The figures\n\n{opening}\n\n" + "\n\n".join(told)
