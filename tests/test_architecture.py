"""The rules of ARCHITECTURE.md: which room may import which, and no import circle anywhere."""

import graphlib

import pytest
from references.import_graph import ROOT, circle, files, imports, room

# The empty name is the package itself, the public names: what stands behind it may import them.
JAXCOM = [
    "support", "direction", "status", "xla", "resonator", "rates", "mean_field",
    "linearized", "stability", "lyapunov", "gaussian", "closed_form", "steady_state",
    "entanglement", "observables", "taper", "merit", "scan", "", "plot", "paper", "io", "cli",
    "optimize",
]  # fmt: skip
OPTIMIZE = [
    "box", "verification", "operating_point", "margins", "objectives", "constraints", "search",
    "results", "maximize", "robustness", "problem_file", "report", "pareto", "continuation", "fit",
    "explorer", "command",
]  # fmt: skip
ORDER = [f"jaxcom.{name}".rstrip(".") for name in JAXCOM]
ORDER += [f"optimize.{name}" for name in OPTIMIZE] + ["optimize"]

PACKAGES = files("jaxcom", "optimize")


@pytest.mark.parametrize("module", sorted(PACKAGES))
def test_modules_import_only_rooms_that_come_before_theirs(module):
    allowed = ORDER[: ORDER.index(room(module)) + 1]
    rooms = {room(name) for name in imports(module, PACKAGES)}
    assert rooms <= set(allowed)


def test_every_room_has_its_place():
    assert {room(module) for module in PACKAGES} == set(ORDER)


def test_no_module_of_the_repository_is_part_of_an_import_circle():
    everything = files("jaxcom", "optimize", "benchmarks", "tests")
    assert circle(everything) == []


def test_tests_do_not_import_benchmarks():
    everything = files("benchmarks", "tests")
    for module in everything:
        if module.startswith("tests."):
            assert not [n for n in imports(module, everything) if n.startswith("benchmarks.")]


def test_a_circle_is_found(tmp_path):
    for name, other in [("first", "second"), ("second", "first")]:
        (tmp_path / f"{name}.py").write_text(f"import {other}\n")
    modules = {name: tmp_path / f"{name}.py" for name in ("first", "second")}
    assert set(circle(modules)) == {"first", "second"}
    with pytest.raises(graphlib.CycleError):
        graphlib.TopologicalSorter({"first": ["second"], "second": ["first"]}).prepare()


def test_the_drift_matrix_is_written_once():
    """No second place lays out Eq. (6): only one function takes both detunings and couplings."""
    holders = [path.name for path in PACKAGES.values() if "-G_1.imag" in path.read_text()]
    assert holders == ["linearized.py"]


def test_the_command_draws_the_graph(capsys):
    from references.import_graph import main

    assert main() == 0
    printed = capsys.readouterr().out
    assert "no import circle" in printed
    assert (ROOT / "ARCHITECTURE.md").exists()
