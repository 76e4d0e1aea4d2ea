"""The folder of a report: all its files, each whole or not at all."""

import os
import tempfile
from pathlib import Path

from matplotlib.figure import Figure

from jaxcom.io.design_file import write_design
from jaxcom.plot import entanglement_spectrum

from ..problem_file import Study, write_settings
from ..results.optimum import Optimum
from ..robustness import RobustDesign, robustness_figure
from .convergence import convergence_figure
from .design import search_entry
from .history import write_history
from .sensitivities import sensitivities_figure
from .slices import slices_figure
from .text import written

FILES = (
    "report.md", "design.json", "nominal-design.json", "history.csv", "problem.toml", "slices.png",
    "sensitivities.png", "robustness.png", "convergence.png", "entanglement.png",
)  # fmt: skip
"""What a report may hold: a problem file where there was one, the rest on tolerances with them."""


def write_report(
    found: Optimum | RobustDesign, folder: str | os.PathLike, study: Study | None = None
) -> list[Path]:
    """Write what a search has found into a folder, each file whole or not at all.

    Args:
        found: what `optimize.maximize` or `optimize.robustness.robust_design` has returned.
        folder: made if it is not there; files of the names `FILES` in it are replaced or removed.
        study: what was asked, for the title of the report and its problem.toml.

    Returns:
        The paths of what was written: report.md, design.json (which `jaxcom point --design` and
        `jaxcom.io.design_file.read_design` read), history.csv, problem.toml, figures.

    Raises:
        OSError: the folder cannot be made or written.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as hidden:
        names = _draft(found, study, Path(hidden))
        for name in FILES:
            if name in names:
                os.replace(Path(hidden, name), folder / name)
            else:
                (folder / name).unlink(missing_ok=True)
    return [folder / name for name in FILES if name in names]


def _draft(found: Optimum | RobustDesign, study: Study | None, folder: Path) -> list[str]:
    """Write all files; their names."""
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
    (folder / "report.md").write_text(written(best, study, robust, names), "utf-8")
    return [*names, "report.md"]


def _figures(best: Optimum, robust: RobustDesign | None) -> dict[str, Figure]:
    """The figures by their files; without an optimum there is nothing to cut through."""
    figures = {
        "convergence.png": convergence_figure(best),
        "entanglement.png": entanglement_spectrum(best.design, mark="design found"),
    }
    if best.certificate is not None:
        figures["slices.png"] = slices_figure(best)
        figures["sensitivities.png"] = sensitivities_figure(best)
    if robust is not None:
        figures["robustness.png"] = robustness_figure(robust)
    return figures
