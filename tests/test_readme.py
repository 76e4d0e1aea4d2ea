"""The code blocks of the README run in order and print the output that it shows."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


@pytest.mark.slow
def test_python_blocks_print_what_the_readme_says(tmp_path):
    program = "\n".join(blocks("python"))
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=tmp_path, capture_output=True, text=True, check=False,
        env=os.environ | {"JAX_PLATFORMS": "cpu"},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert run.stdout == "".join(blocks("text"))


SMALLER = {  # options that shorten commands of several minutes
    "reproduce": ["--quick", "--figure", "2b"],
    "optimize": ["--starts", "4", "--rounds", "1", "--polish", "1", "--quiet"],
}


def commands(text: str) -> list[list[str]]:
    """Arguments of the `jaxcom` commands in a text."""
    found = re.findall(
        r"^(?:\| `|.*&& \.venv/bin/)?(jaxcom [a-z][^`\n]*)", text, flags=re.MULTILINE
    )
    return [shlex.split(command)[1:] for command in found]


@pytest.mark.slow
def test_commands_run_as_the_readme_shows_them(tmp_path):
    """Commands of code blocks run in full, with smaller problems; those of the table are parsed."""
    table = README[README.index("## The command") : README.index("## Conventions")]
    to_run, to_read = commands("\n".join(blocks("bash"))), commands(table)
    assert len(to_run) == 4
    assert len(to_read) == 8
    jaxcom = str(Path(sys.executable).with_name("jaxcom"))
    for arguments in to_run:
        call = [jaxcom, *arguments, *SMALLER.get(arguments[0], [])]
        run = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr
    assert (tmp_path / "scan.png").exists()
    shutil.copy(
        ROOT / "optimize" / "problem_file" / "problems" / "isolation.toml",
        tmp_path / "problem.toml",
    )
    program = (
        "import jax; jax.config.update('jax_enable_x64', True)\n"
        "from jaxcom.cli import _prepare\n"
        f"for command, *arguments in {to_read!r}: _prepare(command)(arguments)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr


def test_links_point_to_existing_files_and_headings():
    targets = re.findall(r"\]\((?!http|#)([^)]+)\)", README)
    assert targets
    assert not [target for target in targets if not (ROOT / target).exists()]
    anchors = re.findall(r"\]\(#([^)]+)\)", README)
    headings = [line.strip("# ").lower() for line in README.splitlines() if line.startswith("#")]
    assert not [anchor for anchor in anchors if anchor.replace("-", " ") not in headings]


def test_the_gate_runs_the_test_command_of_the_readme():
    command = next(
        line for block in blocks("bash") for line in block.splitlines() if "pytest" in line
    )
    assert "&& .venv/bin/python -m pytest" in command
    assert "&& .venv/bin/python -m pytest" in (ROOT / ".ci" / "run").read_text()


@pytest.mark.parametrize(
    ("first", "last", "results", "least"),
    [
        ("## Speed", "## The command", ["compare_cpu.md", "compare_cpu_512.md"], 6),
        ("## Grids", "## Searches", ["scan_cpu.md"], 4),
        ("## Searches", "## Fits", ["searches_cpu.md"], 14),
    ],
)
def test_speeds_are_those_measured(first, last, results, least):
    section = README[README.index(first) : README.index(last)]
    measured = "".join((ROOT / "benchmarks" / "results" / name).read_text() for name in results)
    rows = [line for line in section.splitlines() if line.startswith("|")]
    assert len(rows) >= least
    assert not [row for row in rows if row not in measured]
    machine = re.search(r"Measured on (.*?commit \w+)\.", section)
    assert machine
    assert machine[1] in measured


def test_the_speeds_of_the_comparison_are_those_measured():
    """Each speed is the largest of a row of the benchmark."""
    section = README[README.index("## Instead of a loop") : README.index("## Notebooks")]
    value, slopes = re.findall(r"^\| (?:E_N|the same).*?\|(.*)\|$", section, flags=re.MULTILINE)
    compare = (ROOT / "benchmarks" / "results" / "compare_cpu.md").read_text()
    rows = ["jaxcom.entanglement", "NumPy, batched Kronecker", "SciPy, one by one"]
    assert [cell.strip() for cell in value.split("|")] == [best(compare, row) for row in rows]
    rows = ["value and 4 derivatives, reverse", "SciPy, central differences"]
    speeds = [cell.strip() for cell in slopes.split("|") if cell.strip()]
    assert speeds == [best(compare, row) for row in rows]


def best(table: str, name: str) -> str:
    """Largest speed in the first row with a name, as written in the table."""
    row = next(line for line in table.splitlines() if line.startswith(f"| {name} |"))
    speeds = re.findall(r"\| ([\d.]+(?: [kM])?)(?= \|)", row)
    scale = {"k": 1e3, "M": 1e6}
    return max(speeds, key=lambda s: float(s.split()[0]) * scale.get(s[-1], 1.0))
