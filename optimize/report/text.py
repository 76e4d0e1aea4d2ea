"""Text of the report of a search: report.md."""

from collections.abc import Sequence

from jaxcom.resonator import PARAMETERS
from jaxcom.support.provenance import provenance
from jaxcom.support.tables import number

from ..problem_file import Study
from ..results.optimum import Optimum
from ..robustness import RobustDesign
from .constraint_table import SHADOW_PRICE, constraint_rows, scale_note
from .markdown import markdown_table, section
from .peak import LOSS, principal_directions

CAPTIONS = {
    "slices.png": "The objective through the optimum, over pairs of free fields",
    "sensitivities.png": "The objective along each free field, the others at the optimum",
    "robustness.png": "The objective of devices built to both designs, and the cost of each "
    "tolerance",
    "entanglement.png": "Entanglement of the optimal design against the laser detuning",
    "convergence.png": "Convergence: the score of each start, the best score, and the share of "
    "feasible starts",
}


def report_text(
    best: Optimum, study: Study | None, robust: RobustDesign | None, files: Sequence[str]
) -> str:
    """The report as Markdown.

    Args:
        best: the optimum of the search.
        study: the problem file of the search; None if there is none.
        robust: the robust and the nominal design; None for a search without tolerances.
        files: names of the files in the folder of the report; figures among them are shown.
    """
    parts = [
        _head(best, study),
        _design(best),
        _values(best),
        _certificate(best),
        _peak(best),
        _constraints(best),
        "" if robust is None else _robustness(robust),
        _figures(files),
        _repeat(study),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(best: Optimum, study: Study | None) -> str:
    title = study.title if study and study.title else f"Search for maximal {best.objective}"
    proof = best.certificate
    reached = "" if proof is None else f" {proof.reached} of {proof.starts} starts came within 1 %."
    answer = f"**{best.objective} = {best.value:.6g}**, {best.status.advice}.{reached}"
    return "\n\n".join(
        part for part in (f"# {title}", study.question if study else "", answer) if part
    )


def _design(best: Optimum) -> str:
    box = best.box.intervals
    rows = [
        (
            f"{PARAMETERS[n].meaning}, `{n}`",
            getattr(best.design, n),
            PARAMETERS[n].unit,
            f"{box[n].low:g} .. {box[n].high:g}",
            best.active.get(n, ""),
            best.gradient[n],
            getattr(best.start, n),
        )
        for n in best.box.names
    ]
    head = [
        "free field", "optimum", "unit", "range searched", "active bound", "derivative per unit",
        "start",
    ]  # fmt: skip
    return section("The design", markdown_table(head, rows), f"Fixed: {_fixed_fields(best)}.")


def _fixed_fields(best: Optimum) -> str:
    fixed = [n for n in PARAMETERS if n not in best.box.names]
    values = (
        f"{PARAMETERS[n].meaning}, `{n}` {number(getattr(best.design, n))} {PARAMETERS[n].unit}"
        for n in fixed
    )
    return ", ".join(value.rstrip() for value in values)


def _values(best: Optimum) -> str:
    sides = [("left", best.left), ("right", best.right)]
    rows = [(best.objective, best.value, best.verified_value, "")]
    rows += [
        (f"E_N({name})", side.log_negativity, side.verified.log_negativity, "")
        for name, side in sides
    ]
    rows += [(f"margin of stability ({n})", "", s.verified.margin, "rad/s") for n, s in sides]
    rows += [(f"photons ({n})", "", s.verified.photons, "") for n, s in sides]
    rows += [(f"{best.objective} at the start", best.start_value, "", "")]
    return section(
        "Values",
        markdown_table(["", "closed form", "from matrices", "unit"], rows),
        "The closed form is checked with matrices, from the same mean field: stability from the "
        "eigenvalues of the 6 x 6 drift matrix, E_N from the Lyapunov equation and the symplectic "
        "spectrum. `nan`: this direction has no steady state, or there is no such check.",
    )


def _certificate(best: Optimum) -> str:
    proof = best.certificate
    if proof is None:
        return ""
    verdict = "hold" if proof.holds else "do **not** hold"
    fixed = "none: every field is fixed by a bound or a constraint"
    curvatures = ", ".join(f"{c:.4g}" for c in proof.curvatures) or fixed
    rows = [
        ("residual of the Karush-Kuhn-Tucker (KKT) conditions", f"{proof.residual:.1e}"),
        ("largest violation of a constraint, as a residual", f"{proof.violation:.1e}"),
        ("curvatures in the free directions, box = 1", curvatures),
        ("difference from the value by matrices", f"{proof.disagreement:.1e}"),
        ("starts within 1 % of the best", f"{proof.reached} of {proof.starts}"),
        ("polished starts at the same optimum", f"{proof.agreeing} of {proof.polished}"),
    ]
    ridges = ""
    if proof.ridges:
        ridges = (
            f"In {proof.ridges} direction(s) the objective does not change: the optimum is a "
            "ridge, and the design is one of many equally good ones."
        )
    return section(
        "Why it is a maximum",
        f"The first- and second-order conditions of a local maximum {verdict}. The number of "
        "starts that reached it is evidence, not proof, that it is the global maximum.",
        markdown_table(["", ""], rows),
        ridges,
    )


def _peak(best: Optimum) -> str:
    principal = principal_directions(best)
    if not principal:
        return ""
    names = best.box.names
    units = [f"{n} ({PARAMETERS[n].unit or '1'})" for n in names]
    rows = [
        (
            each.kind,
            f"{each.width:.3g}",
            *(f"{each.changes[n]:+.3g}" if each.changes[n] else "0" for n in names),
        )
        for each in principal
    ]
    return section(
        f"Sharpness: steps that cost {100 * LOSS:g} % of the value",
        "Each row is a step that lowers the value by 1 %: in either sense along a principal "
        "direction of the curvature, or inwards from an active bound. A ridge has no such step; "
        "its row gives the direction, with the length of the box.",
        markdown_table(["", "step, box = 1", *units], rows),
    )


def _constraints(best: Optimum) -> str:
    rows = [["" if cell is None else cell for cell in row] for row in constraint_rows(best)]
    if not rows:
        return ""
    return section(
        "Constraints",
        markdown_table(["constraint", "residual", "scale", "state", "shadow price"], rows),
        f"{scale_note(best)} {SHADOW_PRICE}",
    )


def _robustness(robust: RobustDesign) -> str:
    tables = [str(robust), *(str(c.budget) for c in (robust.nominal, robust.robust))]
    return section(
        "Under tolerances",
        "The design above is optimal under the tolerances. It is compared with the nominal "
        "design (nominal-design.json), which is optimal if every device is exactly as designed. "
        "Both are evaluated on the same new random devices, with 95 % confidence intervals. The "
        "tables after that show the cost of each tolerance, for the nominal and the robust design.",
        *(f"```text\n{text}\n```" for text in tables),
    )


def _figures(files: Sequence[str]) -> str:
    shown = [f"![{what}]({name})\n\n{what}." for name, what in CAPTIONS.items() if name in files]
    return section("Figures", *shown)


def _repeat(study: Study | None) -> str:
    program = "jaxcom {jaxcom}, commit {jaxcom_commit}, jax {jax} on {platform}".format(
        **provenance()
    )
    if study is None:
        return section("Software", f"Computed with {program}.")
    return section(
        "How to repeat it",
        "```bash\njaxcom optimize problem.toml --out again\n```",
        "problem.toml is the complete problem, with every default written out. The same versions "
        f"give the same digits; this report was computed with {program}. "
        "`jaxcom point --design design.json` evaluates the design again.",
    )
