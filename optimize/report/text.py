"""The report of a search in words and tables: report.md."""

from collections.abc import Sequence

from jaxcom.resonator import PARAMETERS
from jaxcom.support.provenance import provenance
from jaxcom.support.tables import number

from ..problem_file import Study
from ..results.optimum import Optimum
from ..robustness import RobustDesign
from ..search.kkt import ACTIVE
from ..search.polish import FEASIBLE
from .landscape import landscape
from .markdown import markdown_table, section
from .peak import LOSS, directions

CAPTIONS = {
    "slices.png": "The objective through the optimum, over pairs of free fields",
    "sensitivities.png": "The objective along each free field, the others at the optimum",
    "robustness.png": "What devices built to both designs deliver, and what each tolerance costs",
    "entanglement.png": "Entanglement of the design found, against the laser detuning",
    "convergence.png": "The climb: each start, the best of them, and how many are feasible",
}


def written(
    best: Optimum, study: Study | None, robust: RobustDesign | None, files: Sequence[str]
) -> str:
    """The report as Markdown; figures lie beside it."""
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
    known = "" if proof is None else f" {proof.reached} of {proof.starts} starts came within 1 %."
    answer = f"**{best.objective} = {best.value:.6g}**, {best.status.advice}.{known}"
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
    head = ["free field", "best", "unit", "searched", "on its bound", "slope per unit", "start"]
    fixed = [n for n in PARAMETERS if n not in best.box.names]
    others = [
        (PARAMETERS[n].meaning + f", `{n}`", getattr(best.design, n), PARAMETERS[n].unit)
        for n in fixed
    ]
    return section(
        "The design",
        markdown_table(head, rows),
        "Fixed: "
        + ", ".join(f"{what} {number(value)} {unit}".rstrip() for what, value, unit in others)
        + ".",
    )


def _values(best: Optimum) -> str:
    sides = [("left", best.left), ("right", best.right)]
    rows = [(best.objective, best.value, best.verified_value, "")]
    rows += [
        (f"E_N({name})", side.log_negativity, side.verified.log_negativity, "")
        for name, side in sides
    ]
    rows += [(f"margin of stability ({n})", "", s.verified.margin, "rad/s") for n, s in sides]
    rows += [(f"photons ({n})", "", s.verified.photons, "") for n, s in sides]
    rows += [(f"{best.objective} of the start", best.start_value, "", "")]
    return section(
        "What it delivers",
        markdown_table(["", "fast path", "by matrices", "unit"], rows),
        "Verified independently: stability from the eigenvalues of the 6 x 6 drift matrix, E_N "
        "from the Lyapunov equation and the symplectic spectrum. `nan`: that direction has no "
        "steady state, or there is no second way to this number.",
    )


def _certificate(best: Optimum) -> str:
    proof = best.certificate
    if proof is None:
        return ""
    verdict = "hold" if proof.holds else "do **not** hold"
    curvatures = ", ".join(f"{c:.4g}" for c in proof.curvatures) or "none: bounds hold every field"
    rows = [
        ("residual of the conditions of Karush, Kuhn and Tucker", f"{proof.residual:.1e}"),
        ("worst violation of a constraint, in its own units", f"{proof.violation:.1e}"),
        ("curvatures along what is free, box = 1", curvatures),
        ("difference from the independent value", f"{proof.disagreement:.1e}"),
        ("starts within 1 % of the best", f"{proof.reached} of {proof.starts}"),
        ("polished starts at the same optimum", f"{proof.agreeing} of {proof.polished}"),
    ]
    ridges = ""
    if proof.ridges:
        ridges = (
            f"In {proof.ridges} direction(s) the objective does not change: the optimum is a "
            "ridge, and the design one of many that are equally good."
        )
    return section(
        "Why it is a maximum",
        f"The conditions of a local maximum {verdict}, in first and second order. That no other is "
        "higher is what the starts say; no search can prove it.",
        markdown_table(["", ""], rows),
        ridges,
    )


def _peak(best: Optimum) -> str:
    found = directions(best)
    if not found:
        return ""
    names = best.box.names
    units = [f"{n} ({PARAMETERS[n].unit or '1'})" for n in names]
    rows = [
        (
            each.kind,
            f"{each.width:.3g}",
            *(f"{each.changes[n]:+.3g}" if each.changes[n] else "0" for n in names),
        )
        for each in found
    ]
    return section(
        f"How sharp it is: until {LOSS:.0%} is lost",
        "Each row is a step that costs 1 % of the value: along a direction of curvature to either "
        "side, from an active bound inwards. Along a ridge there is no end; the row gives its "
        "direction across the whole box.",
        markdown_table(["", "step, box = 1", *units], rows),
    )


def _constraints(best: Optimum) -> str:
    """Every constraint with its residual and its price."""
    problem = best.problem
    here = landscape(problem, best.unit)
    inequalities, equalities = problem.names()
    prices = best.certificate.prices if best.certificate else {}
    rows = [
        (name, _rounded(residual), _state(residual, equality), prices.get(name, ""))
        for names, residuals, equality in (
            (inequalities, here.inequalities, False),
            (equalities, here.equalities, True),
        )
        for name, residual in zip(names, residuals, strict=True)
    ]
    if not rows:
        return ""
    return section(
        "Constraints",
        markdown_table(["", "residual", "", "price"], rows),
        f"Residuals are relative to the bound or, for margins m above the {best.margin:g} rad/s "
        "asked for, (m^2 - bound^2) / bound^2. The price is what the objective gains per unit of "
        "residual that is given up: a bound loosened by 1 % gains a hundredth of it.",
    )


def _rounded(residual: float) -> float:
    """A residual without its rounding."""
    return 0.0 if abs(residual) < FEASIBLE else float(residual)


def _state(residual: float, equality: bool) -> str:
    if abs(residual) < ACTIVE:
        return "met exactly" if equality else "active"
    return "holds" if residual > 0 and not equality else "**fails**"


def _robustness(robust: RobustDesign) -> str:
    tables = [str(robust), *(str(c.budget) for c in (robust.nominal, robust.robust))]
    return section(
        "Under tolerances",
        "The design above bears the tolerances best. Beside it is the best design if every device "
        "were exactly as designed (nominal-design.json); both are judged on the same fresh "
        "devices, with 95 % confidence intervals. Then: which tolerance costs how much, "
        "nominal and robust.",
        *(f"```text\n{told}\n```" for told in tables),
    )


def _figures(files: Sequence[str]) -> str:
    told = [f"![{what}]({name})\n\n{what}." for name, what in CAPTIONS.items() if name in files]
    return section("Figures", *told)


def _repeat(study: Study | None) -> str:
    program = "jaxcom {jaxcom}, commit {jaxcom_commit}, jax {jax} on {platform}".format(
        **provenance()
    )
    if study is None:
        return section("How it was made", f"By {program}.")
    return section(
        "How to repeat it",
        "```bash\njaxcom optimize problem.toml --out again\n```",
        f"problem.toml holds the whole problem, with nothing left to defaults. The same versions "
        f"give the same digits; this was made by {program}. `jaxcom point --design design.json` "
        "evaluates the design again.",
    )
