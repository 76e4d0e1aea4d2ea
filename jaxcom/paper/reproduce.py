"""Compute the panels, draw them, and write it all into a folder."""

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
from jaxcom.paper.facts import all_compared
from jaxcom.paper.findings import all_found
from jaxcom.paper.panel import PUBLICATION, Panel, Resolution
from jaxcom.paper.panels import PANELS
from jaxcom.paper.report import written
from jaxcom.plot import new_figure
from jaxcom.scan.export import write_netcdf
from jaxcom.support.files import write_whole
from jaxcom.support.provenance import provenance
from jaxcom.support.suggestions import did_you_mean
from jaxcom.xla.precision import require_x64

REPORT, SHEET = "reproduction.md", "contact_sheet.png"
"""The files that a whole reproduction has besides its panels."""


def reproduce(
    folder: str | os.PathLike,
    names: Sequence[str] | None = None,
    *,
    resolution: Resolution = PUBLICATION,
    progress: bool | None = None,
) -> list[Path]:
    """Reproduce panels of the paper; of all of them also the report and a contact sheet.

    Args:
        folder: where to; it must exist. Files that it holds from an earlier run are replaced, each
            whole or not at all.
        names: of `jaxcom.paper.PANELS`, such as "3f"; by default all.
        resolution: `PUBLICATION` or `QUICK`.
        progress: show a progress line; by default where the standard error is a terminal.

    Returns:
        The paths: of each panel the pictures and its data as netCDF; the report last.

    Raises:
        RuntimeError: JAX is set to 32 bits.
        ValueError: there is no such panel.
        OSError: a file cannot be written.
    """
    require_x64("jaxcom.paper.reproduce")
    panels = [panel_of(name) for name in names or PANELS]
    provenance()  # kept from now on: results that are replaced make a checkout dirty
    paths: list[Path] = []
    with _Line(len(panels), progress) as line, _in_background() as computing:
        functions = dict.fromkeys(panel.compute for panel in panels)  # some panels share one
        futures = {function: computing.submit(function, resolution) for function in functions}
        comparisons = None if names else computing.submit(all_compared)
        data = {}
        for panel in panels:
            data[panel.name] = futures[panel.compute].result()
            line.next(panel)
            paths += _write_panel(Path(folder), panel, data[panel.name], resolution)
        if comparisons is not None:
            line.next(None)
            findings = computing.submit(all_found, data, resolution)
            sheet = contact_sheet([Path(folder, f"{name}.png") for name in PANELS])
            text = written(panels, comparisons.result(), findings.result())
            paths += _write_report(Path(folder), sheet, text)
    return paths


def panel_of(name: str) -> Panel:
    """The panel of a name.

    Raises:
        ValueError: there is none.

    >>> panel_of("2a").title
    'entanglement, spinning and at rest'
    """
    if name not in PANELS:
        told = f"{did_you_mean(name, PANELS)}; there are {', '.join(PANELS)}"
        raise ValueError(f"Argument `names` must be panels, but `{name}` is none{told}")
    return PANELS[name]


@contextmanager
def _in_background() -> Iterator[ThreadPoolExecutor]:
    """A thread that computes while this one draws; after a failure nothing more is begun."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        try:
            yield pool
        finally:
            pool.shutdown(cancel_futures=True)


def _write_panel(
    folder: Path, panel: Panel, data: xr.Dataset, resolution: Resolution
) -> list[Path]:
    with matplotlib.rc_context(JOURNAL):
        figure = new_figure(*panel.size)
        figure.suptitle(f"{panel.label}   {panel.title}", x=0.01, ha="left", fontsize=8)
        panel.draw(figure, data)

        def save(draft: Path) -> None:
            figure.savefig(draft, dpi=resolution.dpi)
            figure.set_layout_engine("none")  # what is laid out once need not be for each file

        names = [f"{panel.name}.{kind}" for kind in resolution.kinds]
        pictures = [write_whole(folder / name, save) for name in names]
    told = data.assign_attrs(title=f"{panel.label}: {panel.title}", comment=panel.chosen)
    return [*pictures, write_netcdf(folder / f"{panel.name}.nc", told)]


def _write_report(folder: Path, sheet: Figure, text: str) -> list[Path]:
    return [
        write_whole(folder / SHEET, lambda draft: sheet.savefig(draft)),
        write_whole(folder / REPORT, lambda draft: draft.write_text(text, "utf-8")),
    ]


class _Line:
    """A progress line: a step for each panel, and one for the report."""

    def __init__(self, panels: int, shown: bool | None):
        self._bar = tqdm(
            total=panels, disable=None if shown is None else not shown, unit="panel", desc="paper"
        )

    def __enter__(self) -> "_Line":
        return self

    def __exit__(self, *failure) -> None:
        self._bar.close()

    def next(self, panel: Panel | None) -> None:
        """Show what is being drawn."""
        self._bar.set_postfix_str("report" if panel is None else panel.label)
        self._bar.update(panel is not None)
