"""`jaxcom.optimize`: the package `optimize` under a name that no user's module hides."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

USE = """
import jaxcom.optimize
from jaxcom.optimize import Box, objectives
from jaxcom.optimize.fit import fit
print(jaxcom.optimize.__file__, Box.__module__, fit.__module__)
"""


def printed(program: str, folder: Path, *, path: tuple[Path, ...] = ()) -> list[str]:
    """What a program prints that stands in a folder, as a user's does."""
    (folder / "program.py").write_text(program)
    run = subprocess.run(
        [sys.executable, folder / "program.py"], capture_output=True, text=True, check=False,
        env={"PYTHONPATH": ":".join(map(str, path)), "JAX_PLATFORMS": "cpu"},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    return run.stdout.split()


@pytest.mark.slow
def test_both_names_are_the_same_modules(tmp_path):
    program = USE + "import optimize, optimize.fit\nprint(optimize is jaxcom.optimize)\n"
    file, box, fit, same = printed(program, tmp_path, path=(ROOT,))
    assert file == str(ROOT / "optimize" / "__init__.py")
    assert (box, fit, same) == ("optimize.box", "optimize.fit.estimation", "True")


@pytest.mark.slow
@pytest.mark.parametrize("first", ["", "import optimize\nassert optimize.MINE\n"])
def test_beside_a_module_of_the_same_name(tmp_path, first):
    (tmp_path / "optimize.py").write_text("MINE = True\n")
    file, box, fit = printed(first + USE, tmp_path, path=(ROOT,))
    assert file == str(ROOT / "optimize" / "__init__.py")
    assert (box, fit) == ("jaxcom.optimize.box", "jaxcom.optimize.fit.estimation")


@pytest.mark.slow
def test_from_the_folder_that_holds_the_clone(tmp_path):
    """There `jaxcom` is a folder without code, too; the installed package must win."""
    (tmp_path / "jaxcom").mkdir()
    file, box, _ = printed(USE, tmp_path)
    assert Path(file).name == "__init__.py"
    assert box == "optimize.box"
