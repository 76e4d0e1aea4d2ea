"""Folder of a report, with each file written atomically."""

import os
from pathlib import Path

from matplotlib.figure import Figure

from jaxcom.io.design_file import write_design
from jaxcom.plot import detuning_figure
from jaxcom.support.files import draft_folder

from ..problem_file import Study
from ..problem_file.toml import write_settings
from ..results.optimum import Optimum
from ..robustness import RobustDesign, robustness_figure
from .convergence import convergence_figure
from .design import search_entry
from .history import write_history
from .sensitivities import sensitivities_figure
from .slices import slices_figure
from .text import report_text

FILES = (
    "report.md", "design.json", "nominal-design.json", "history.csv", "problem.toml", "slices.png",
    "sensitivities.png", "robustness.png", "convergence.png", "entanglement.png",
)  # fmt: skip
"""Names of the files of a report; some belong to searches with a problem file or tolerances."""


def write_report(
    found: Optimum | RobustDesign, folder: str | os.PathLike, study: Study | None = None
) -> list[Path]:
    """Write the report of a search into a folder, each file atomically.

    Args:
        found: the result of `optimize.maximize` or `optimize.robustness.robust_design`.
        folder: path of the folder, created if needed. Files of an earlier report in it are
            replaced or removed; other files stay.
        study: the problem file of the search, for the title of the report and problem.toml.

    Returns:
        Paths of the files written: report.md, design.json (which `jaxcom point --design` and
        `jaxcom.io.design_file.read_design` read), history.csv, problem.toml and figures.

    Raises:
        OSError: the folder cannot be created or written.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with draft_folder(folder) as drafts:
        names = _draft(found, study, drafts)
    for name in set(FILES) - set(names):
        (folder / name).unlink(missing_ok=True)
    return [folder / name for name in FILES if name in names]


def _draft(found: Optimum | RobustDesign, study: Study | None, folder: Path) -> list[str]:
    """Write all files of a report into a folder and return their names."""
    robust = found if isinstance(found, RobustDesign) else None
    best = found if isinstance(found, Optimum) else found.robust.optimum
    for name, figure in _figures(best, robust).items():
        figure.savefig(folder / name)
    write_design(folder / "design.json", best.design, search=search_entry(best))
    write_history(folder / "history.csv", best.history)
    if robust:
        nominal = robust.nominal.optimum
        write_design(folder / "nominal-design.json", nominal.design, search=search_entry(nominal))
    if study:
        (folder / "problem.toml").write_text(write_settings(study.settings), "utf-8")
    names = [path.name for path in folder.iterdir()]
    (folder / "report.md").write_text(report_text(best, study, robust, names), "utf-8")
    return [*names, "report.md"]


def _figures(best: Optimum, robust: RobustDesign | None) -> dict[str, Figure]:
    """Figures by file name; slices and sensitivities need an optimum."""
    figures = {
        "convergence.png": convergence_figure(best),
        "entanglement.png": detuning_figure(best.design, mark="design found"),
    }
    if best.certificate is not None:
        figures["slices.png"] = slices_figure(best)
        figures["sensitivities.png"] = sensitivities_figure(best)
    if robust is not None:
        figures["robustness.png"] = robustness_figure(robust)
    return figures
