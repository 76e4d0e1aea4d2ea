"""Run the notebooks in full and keep the figure of each that the README shows.

`python notebooks/render.py [NUMBER ...]` writes gallery/NAME.png from the output of the cell that
is tagged "gallery", and says how long the notebook took. The notebooks stay as they are.
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
    """See above."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("numbers", type=int, nargs="*", help="of notebooks; by default all")
    chosen = parser.parse_args().numbers
    for path in sorted(FOLDER.glob("*.ipynb")):
        if not chosen or int(path.name[:2]) in chosen:
            begin = time.perf_counter()
            (FOLDER / "gallery" / f"{path.stem}.png").write_bytes(_figure(path))
            print(f"{path.name}: {time.perf_counter() - begin:.0f} s", flush=True)


def _figure(path: Path) -> bytes:
    notebook = nbformat.read(path, 4)
    with tempfile.TemporaryDirectory() as folder:
        NotebookClient(notebook, timeout=600, resources={"metadata": {"path": folder}}).execute()
    (cell,) = [c for c in notebook.cells if "gallery" in c.metadata.get("tags", [])]
    pictures = [out.data["image/png"] for out in cell.outputs if "image/png" in out.get("data", {})]
    return base64.b64decode(pictures[-1])


if __name__ == "__main__":
    main()
