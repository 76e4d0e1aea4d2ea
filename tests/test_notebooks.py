"""The notebooks run from top to bottom without a warning, and are stored without outputs."""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_cells(path: Path) -> list:
    return [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]


def test_notebooks_are_numbered():
    assert [int(path.name[:2]) for path in NOTEBOOKS] == list(range(1, len(NOTEBOOKS) + 1))


@every_notebook
def test_is_stripped(path):
    assert not [cell for cell in code_cells(path) if cell.outputs or cell.execution_count]
    assert set(nbformat.read(path, 4).metadata) == {"kernelspec", "language_info"}


@every_notebook
def test_has_one_figure_for_the_gallery_and_the_figure_is_there(path):
    tagged = [cell for cell in code_cells(path) if "gallery" in cell.metadata.get("tags", [])]
    assert len(tagged) == 1
    assert (FOLDER / "gallery" / f"{path.stem}.png").exists()


@every_notebook
def test_links_point_to_existing_files(path):
    texts = [cell.source for cell in nbformat.read(path, 4).cells if cell.cell_type == "markdown"]
    targets = re.findall(r"\]\((?!http)([^)]+)\)", "\n".join(texts))
    assert not [target for target in targets if not (FOLDER / target).exists()]


@pytest.mark.slow
@every_notebook
def test_runs(path, tmp_path, monkeypatch):
    """In quick mode; nothing is written to stderr, where warnings would appear."""
    monkeypatch.setenv("JAXCOM_QUICK", "1")
    notebook = nbformat.read(path, 4)
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": tmp_path}}).execute()
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", [])]
    assert not [out for out in outputs if out.get("name") == "stderr"]
    figures = [out for out in outputs if "<Figure" in out.get("data", {}).get("text/plain", "")]
    assert not [out for out in figures if "image/png" not in out.data]
    assert [out for out in outputs if "image/png" in out.get("data", {})]
