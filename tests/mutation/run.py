"""Count the mutants of the physics that the tests kill.

    python tests/mutation/run.py --count 200 --seed 1

draws mutants of the files in `FILES`, runs the tests of `SUITE` on a copy of the repository for
each of them, cheapest first, and writes a table to `results.md`. A mutant that no test kills is
either listed in `equivalent.toml` with the reason why it computes the same, or alive: a test is
missing, or the code is not needed.
"""

import argparse
import concurrent.futures
import itertools
import os
import queue
import random
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from mutants import Mutant, mutants_of

HERE, ROOT = Path(__file__).parent, Path(__file__).parents[2]
ROOMS = ("mean_field", "closed_form", "stability", "lyapunov", "gaussian")
FILES = [
    *(f"jaxcom/{room}/*.py" for room in ROOMS),
    "jaxcom/rates.py", "jaxcom/resonator.py", "jaxcom/linearized.py",
]  # fmt: skip
COPIED = ("jaxcom", "optimize", "tests", "conftest.py", "pyproject.toml")

FIRST = ("tests/physics/test_truth.py",)
SUITE = {
    "mean_field": (
        "tests/mean_field", "-k", "not next_to_a_fold and not against_differences",
    ),
    "closed_form": ("tests/closed_form/test_closed_form.py",),
    "stability": ("tests/stability",),
    "lyapunov": ("tests/lyapunov",),
    "gaussian": ("tests/gaussian",),
    "rates.py": ("tests/test_resonator.py", "jaxcom/rates.py", "--doctest-modules"),
    "resonator.py": ("tests/test_resonator.py",),
    "linearized.py": ("tests/test_linearized.py",),
}  # fmt: skip
TIMEOUT = 900  # seconds; no mistake makes a loop endless
KILLED, ALIVE, EQUIVALENT = "killed", "ALIVE", "equivalent"


class Verdict(NamedTuple):
    """What became of a mutant, the test that failed first, and the seconds it took."""

    mutant: Mutant
    fate: str
    by: str
    seconds: float


def main() -> int:
    """Draw mutants, run the tests, write the table; the exit status is the number alive."""
    options = _options()
    known = tomllib.loads((HERE / "known.toml").read_text())["mutant"]
    mutants = _found(known) + _drawn(options.count, options.seed)
    mutants = [m for m in mutants if options.only in str(m)]
    with tempfile.TemporaryDirectory() as folder:
        trees = _copies(Path(folder), options.jobs)
        if options.check:
            _check_unchanged(trees)
        verdicts = list(_judged(mutants, trees))
    if options.only == "":
        (HERE / "results.md").write_text(_table(verdicts, options.seed, len(known)))
    alive = [v for v in verdicts if v.fate == ALIVE]
    print(f"{len(verdicts)} mutants, {len(alive)} alive")
    return min(len(alive), 100)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=200, help="number of mutants drawn")
    parser.add_argument("--seed", type=int, default=1, help="of the draw")
    parser.add_argument("--jobs", type=int, default=1, help="mutants at a time")
    parser.add_argument("--only", default="", help="part of the description of a mutant")
    parser.add_argument("--check", action=argparse.BooleanOptionalAction, default=True,
                        help="run the tests without a mutant first")  # fmt: skip
    return parser.parse_args()


def _every_mutant() -> Iterator[Mutant]:
    for path in sorted(path for pattern in FILES for path in ROOT.glob(pattern)):
        yield from mutants_of(path.relative_to(ROOT).as_posix(), path.read_text())


def _drawn(count: int, seed: int) -> list[Mutant]:
    """Mutants of a draw without repetition, as many of each file as its share of all."""
    every = list(_every_mutant())
    chosen = random.Random(seed).sample(range(len(every)), min(count, len(every)))
    return [every[i] for i in sorted(chosen)]


def _found(known: list[dict[str, str]]) -> list[Mutant]:
    """Mutants given by the text of the code, which must occur once in its file."""
    found = []
    for entry in known:
        source = (ROOT / entry["path"]).read_text()
        if source.count(entry["before"]) != 1:
            raise ValueError(f"{entry['path']} must contain once: {entry['before']}")
        line = source[: source.index(entry["before"])].count("\n") + 1
        mutated = source.replace(entry["before"], entry["after"])
        found.append(Mutant(entry["path"], line, entry["before"], entry["after"], mutated))
    return found


def _copies(folder: Path, count: int) -> "queue.Queue[Path]":
    trees: queue.Queue[Path] = queue.Queue()
    for k in range(count):
        for name in COPIED:
            source, target = ROOT / name, folder / str(k) / name
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, target)
        trees.put(folder / str(k))
    return trees


def _check_unchanged(trees: "queue.Queue[Path]") -> None:
    tree = trees.get()
    for room, tests in SUITE.items():
        start = time.monotonic()
        by = _failure(tree, FIRST + tests)
        if by:
            raise SystemExit(f"The tests of {room} fail without a mutant: {by}")
        print(f"{room}: {time.monotonic() - start:.0f} s without a mutant", flush=True)
    trees.put(tree)


def _judged(mutants: list[Mutant], trees: "queue.Queue[Path]") -> Iterator[Verdict]:
    equivalent = tomllib.loads((HERE / "equivalent.toml").read_text())["mutant"]
    same = {(e["path"], e["before"], e["after"]) for e in equivalent}

    def judge(mutant: Mutant) -> Verdict:
        tree = trees.get()
        start, place = time.monotonic(), tree / mutant.path
        original = place.read_text()
        try:
            place.write_text(mutant.source)
            by = _failure(tree, FIRST + _tests_of(mutant.path))
        finally:
            place.write_text(original)
            trees.put(tree)
        key = (mutant.path, mutant.before, mutant.after)
        fate = KILLED if by else EQUIVALENT if key in same else ALIVE
        return Verdict(mutant, fate, by, time.monotonic() - start)

    with concurrent.futures.ThreadPoolExecutor(trees.qsize()) as pool:
        for verdict in pool.map(judge, mutants):
            print(
                f"{verdict.fate} {verdict.seconds:.0f} s {verdict.mutant} {verdict.by}", flush=True
            )
            yield verdict


def _tests_of(path: str) -> tuple[str, ...]:
    return SUITE[path.split("/")[1]]


def _failure(tree: Path, tests: tuple[str, ...]) -> str:
    """First test that fails on a copy of the repository, "timeout", or nothing."""
    settings = {
        "PYTHONPATH": str(tree),
        "JAX_COMPILATION_CACHE_DIR": str(ROOT / ".pytest_cache" / "mutation"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    }
    command = [
        sys.executable, "-m", "pytest", "-x", "-q", "-m", "not slow", "-p", "no:cacheprovider",
        "-o", "addopts=--strict-markers", "--tb=no", *tests,
    ]  # fmt: skip
    run = subprocess.run(
        command, cwd=tree, env=os.environ | settings, timeout=TIMEOUT,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if run.returncode == 0:
        return ""
    failed = [line for line in run.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return failed[0].split(" - ")[0] if failed else f"exit status {run.returncode}"


def _table(verdicts: list[Verdict], seed: int, known: int) -> str:
    rows = ["| file | mutants | killed | equivalent | alive |", "|---|---|---|---|---|"]
    by_file = itertools.groupby(
        sorted(verdicts, key=lambda v: v.mutant.path), key=lambda v: v.mutant.path
    )
    for path, group in [*((p, list(g)) for p, g in by_file), ("all", verdicts)]:
        counts = [sum(v.fate == fate for v in group) for fate in (KILLED, EQUIVALENT, ALIVE)]
        rows.append(f"| {path} | {len(group)} | " + " | ".join(map(str, counts)) + " |")
    alive = [f"- {v.mutant}" for v in verdicts if v.fate == ALIVE]
    seconds = sorted(v.seconds for v in verdicts)
    return "\n".join([
        "# Mutants", "",
        f"`python tests/mutation/run.py --count {len(verdicts) - known} --seed {seed}`: "
        f"{len(verdicts) - known} mutants drawn and {known} of `known.toml`. "
        f"A mutant takes {seconds[len(seconds) // 2]:.0f} s in the median, "
        f"{seconds[-1]:.0f} s at most.", "",
        *rows, "", *alive,
    ]).rstrip() + "\n"  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
