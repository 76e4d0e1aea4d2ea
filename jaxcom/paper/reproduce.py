"""Reproduction of the paper: compute and draw the panels, and write the results to a folder."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import matplotlib
import xarray as xr
from matplotlib.figure import Figure
from tqdm import tqdm

from jaxcom.paper.contact_sheet import contact_sheet
from jaxcom.paper.drawing import JOURNAL
from jaxcom.paper.facts import compare_all
from jaxcom.paper.panel import PUBLICATION, Panel, Resolution
from jaxcom.paper.panels import PANELS
from jaxcom.paper.remarks import all_remarks
from jaxcom.paper.report import report
from jaxcom.plot import new_figure
from jaxcom.scan.export import write_netcdf
from jaxcom.support.files import write_atomically
from jaxcom.support.provenance import provenance
from jaxcom.support.suggestions import did_you_mean
from jaxcom.xla.precision import require_x64

REPORT, SHEET = "reproduction.md", "contact_sheet.png"
"""Files that a reproduction of all panels contains besides the panels."""


def reproduce(
    folder: str | os.PathLike,
    names: Sequence[str] | None = None,
    *,
    resolution: Resolution = PUBLICATION,
    progress: bool | None = None,
) -> list[Path]:
    """Reproduce panels of the paper; without `names`, also write a report and a contact sheet.

    Args:
        folder: existing folder for the results; files of an earlier run are replaced atomically.
        names: names of panels in `jaxcom.paper.PANELS`, such as "3f"; default all.
        resolution: `PUBLICATION` or `QUICK`.
        progress: whether to show a progress bar; default if the standard error is a terminal.

    Returns:
        Paths of the pictures and the data (netCDF) of each panel, then of contact sheet and report.

    Raises:
        RuntimeError: JAX is set to 32 bits.
        ValueError: `names` contains an unknown panel.
        OSError: a file cannot be written.
    """
    require_x64("jaxcom.paper.reproduce")
    panels = [panel_of(name) for name in names or PANELS]
    made_by = provenance()  # before any file is replaced, which would make a checkout dirty
    paths: list[Path] = []
    with _ProgressBar(len(panels), progress) as bar, _background_thread() as computing:
        functions = dict.fromkeys(panel.compute for panel in panels)  # some panels share one
        futures = {function: computing.submit(function, resolution) for function in functions}
        comparisons = None if names else computing.submit(compare_all)
        data = {}
        for panel in panels:
            data[panel.name] = futures[panel.compute].result()
            bar.next(panel)
            paths += _write_panel(Path(folder), panel, data[panel.name], resolution)
        if comparisons is not None:
            bar.next(None)
            remarks = computing.submit(all_remarks, data, resolution)
            sheet = contact_sheet([Path(folder, f"{name}.png") for name in PANELS])
            text = report(panels, comparisons.result(), remarks.result(), made_by)
            paths += _write_report(Path(folder), sheet, text)
    return paths


def panel_of(name: str) -> Panel:
    """Panel of a name.

    Raises:
        ValueError: there is no panel of this name.

    >>> panel_of("2a").title
    'entanglement, spinning and at rest'
    """
    if name not in PANELS:
        raise ValueError(
            "Argument `names` must contain names of panels, but contains "
            f"`{name}`{did_you_mean(name, PANELS)}"
        )
    return PANELS[name]


@contextmanager
def _background_thread() -> Iterator[ThreadPoolExecutor]:
    """Thread that computes while the calling one draws; pending work is cancelled at the end."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        try:
            yield pool
        finally:
            pool.shutdown(cancel_futures=True)


def _write_panel(
    folder: Path, panel: Panel, data: xr.Dataset, resolution: Resolution
) -> list[Path]:
    """Write the pictures and the data of a panel; return their paths."""
    with matplotlib.rc_context(JOURNAL):
        figure = new_figure(*panel.size)
        figure.suptitle(f"{panel.label}   {panel.title}", x=0.01, ha="left", fontsize=8)
        panel.draw(figure, data)

        def save(draft: Path) -> None:
            figure.savefig(draft, dpi=resolution.dpi)
            figure.set_layout_engine("none")  # the layout of the first file serves the others

        names = [f"{panel.name}.{kind}" for kind in resolution.kinds]
        pictures = [write_atomically(folder / name, save) for name in names]
    described = data.assign_attrs(title=f"{panel.label}: {panel.title}", comment=panel.chosen)
    return [*pictures, write_netcdf(folder / f"{panel.name}.nc", described)]


def _write_report(folder: Path, sheet: Figure, text: str) -> list[Path]:
    return [
        write_atomically(folder / SHEET, lambda draft: sheet.savefig(draft)),
        write_atomically(folder / REPORT, lambda draft: draft.write_text(text, "utf-8")),
    ]


class _ProgressBar:
    """Progress bar with a step for each panel."""

    def __init__(self, panels: int, shown: bool | None):
        self._bar = tqdm(
            total=panels, disable=None if shown is None else not shown, unit="panel", desc="paper"
        )

    def __enter__(self) -> "_ProgressBar":
        return self

    def __exit__(self, *failure) -> None:
        self._bar.close()

    def next(self, panel: Panel | None) -> None:
        """Show the panel that is being drawn; None for the report."""
        self._bar.set_postfix_str("report" if panel is None else panel.label)
        self._bar.update(panel is not None)
