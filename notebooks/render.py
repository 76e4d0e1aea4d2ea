"""Run the notebooks in full and save the figure of each for the gallery of the README.

`python notebooks/render.py [NUMBER ...]` writes gallery/NAME.png from the output of the cell with
the tag "gallery" and prints the run time of the notebook. The notebooks are not changed.
"""

import argparse
import base64
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parent


def main() -> None:
    """Run the chosen notebooks and save their figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("numbers", type=int, nargs="*", help="numbers of notebooks (default: all)")
    chosen = parser.parse_args().numbers
    for path in sorted(FOLDER.glob("*.ipynb")):
        if not chosen or int(path.name[:2]) in chosen:
            begin = time.perf_counter()
            (FOLDER / "gallery" / f"{path.stem}.png").write_bytes(_figure(path))
            print(f"{path.name}: {time.perf_counter() - begin:.0f} s", flush=True)


def _figure(path: Path) -> bytes:
    """PNG image of the gallery figure of a notebook."""
    notebook = nbformat.read(path, 4)
    with tempfile.TemporaryDirectory() as folder:
        NotebookClient(notebook, timeout=600, resources={"metadata": {"path": folder}}).execute()
    (cell,) = [c for c in notebook.cells if "gallery" in c.metadata.get("tags", [])]
    pictures = [out.data["image/png"] for out in cell.outputs if "image/png" in out.get("data", {})]
    return base64.b64decode(pictures[-1])


if __name__ == "__main__":
    main()
