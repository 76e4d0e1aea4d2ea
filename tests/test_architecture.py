"""The rules of ARCHITECTURE.md: who may import whom."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PIPELINE = [
    "constants", "precision", "fusion", "batch", "suggestions", "tables", "files", "provenance",
    "status", "parameters", "resonator", "rates", "roots", "mean_field", "linearized",
    "elimination", "characteristic", "stability", "lyapunov", "gaussian", "steady_state", "reduced",
    "entanglement", "observables", "taper", "merit", "scan", "design_file", "quantities", "plot",
    "paper", "explorer", "cli",
]  # fmt: skip


def imported(path: Path) -> set[str]:
    """Full names of the modules of this project that a file imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return {name for name in names if name.split(".")[0] in ("jaxcom", "optimize")}


LIBRARY = sorted((ROOT / "jaxcom").rglob("*.py"))


@pytest.mark.parametrize("path", LIBRARY, ids=lambda p: str(p.relative_to(ROOT)))
def test_the_library_imports_only_to_its_left(path):
    room = path.relative_to(ROOT / "jaxcom").parts[0].removesuffix(".py")
    if room in ("__init__", "cli"):
        return
    searches = [name for name in imported(path) if name.startswith("optimize")]
    assert room == "explorer" or not searches
    allowed = PIPELINE[: PIPELINE.index(room) + 1]
    rooms = {name.split(".")[1] for name in imported(path) if name.startswith("jaxcom.")}
    assert rooms & set(PIPELINE) <= set(allowed)


def test_every_room_has_its_place():
    rooms = {path.relative_to(ROOT / "jaxcom").parts[0].removesuffix(".py") for path in LIBRARY}
    assert rooms - {"__init__"} == set(PIPELINE)


def test_the_drift_matrix_is_written_once():
    """No second place lays out Eq. (6): only one file has its entry -G_1.imag."""
    holders = [path.name for path in LIBRARY if "-G_1.imag" in path.read_text()]
    assert holders == ["linearized.py"]
