"""Readers of files, each with examples and what it may do with any file.

A reader must return the right result or raise ValueError or OSError that names the file.
"""

import dataclasses
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

import jaxcom as jc
from jaxcom.cli.scan import prepare
from jaxcom.io.design_file import read_design, write_design
from jaxcom.scan import state as states
from jaxcom.scan.plan import plan_scan
from jaxcom.scan.reductions import Fraction, Maximum
from jaxcom.scan.store import Store, create, require_same_scan, restore_metadata
from optimize import Checkpoint
from optimize.fit import Measurement, read_measurement
from optimize.fit.measurement import write_measurement
from optimize.problem_file import packaged_problems, read_study

FAULTY = "faulty"
"""Name of the file that is read, without its ending."""


@dataclasses.dataclass(frozen=True)
class Reader:
    """Reader of a kind of file.

    Attributes:
        ending: ending of the name of the file.
        examples: contents of valid files.
        read: function that reads the file and returns what it holds, or None if it says so.
        equal: whether a result is one that the content allows.
        share: number of inputs of a long run, relative to the other readers.
    """

    ending: str
    examples: Sequence[bytes]
    read: Callable[[Path], object]
    equal: Callable[[object], bool] = lambda result: True
    share: float = 1.0


def readers(folder: Path) -> dict[str, Reader]:
    """All readers by name; the folder is for their files."""
    return {
        "design file": _designs(folder),
        "problem file": _problems(),
        "settings of a scan": _settings(),
        "measurement": _measurements(folder),
        "checkpoint of a search": _checkpoints(folder),
        "checkpoint of a scan": _states(folder),
        "metadata of a store": _metadata(folder),
    }


def _designs(folder: Path) -> Reader:
    path = write_design(folder / "design.json", jc.SpinningResonator(spin=23e3), note=[1.5, None])
    return Reader(".json", [path.read_bytes()], read_design)


def _problems() -> Reader:
    return Reader(".toml", [p.read_bytes() for p in packaged_problems().values()], read_study)


_SCAN = b"""[device]
spin = "0.1*omega_m"
power = 5e-3
[axes]
detuning = "-1..4*omega_m:501"
temperature = [0.1, 0.2]
[scan]
output = ["log_negativity", "photons_driven"]
top = "photons_driven:2"
histogram = "log_negativity=0..0.2:50"
store = "map.zarr"
"""


def _settings() -> Reader:
    """Settings that `jaxcom scan` reads and checks; nothing is computed."""
    return Reader(".toml", [_SCAN], lambda path: prepare(["--config", str(path), "--no-cache"]))


def _measurements(folder: Path) -> Reader:
    points = Measurement([19e6, 25e6, 31e6], [0.147, 0.132, 0.1], 0.002)
    path = write_measurement(folder / "left.csv", points)
    return Reader(".csv", [path.read_bytes()], read_measurement)


def _checkpoints(folder: Path) -> Reader:
    leaves = [np.arange(6.0).reshape(2, 3), np.zeros((0, 2)), np.array([True, False])]
    Checkpoint(folder / "search.npz").save(leaves, "a" * 64, at_once=True)

    def read(path: Path) -> list[np.ndarray]:
        return Checkpoint(path, resume=True).load("a" * 64)

    def equal(result) -> bool:
        return len(result) == len(leaves) and all(map(np.array_equal, result, leaves))

    return Reader(".npz", [(folder / "search.npz").read_bytes()], read, equal)


def _states(folder: Path) -> Reader:
    plan, state = _plan(), states.State(_plan())
    state.done[0] = True
    states.save(folder / "state.npz", plan, state)

    def equal(result) -> bool:
        return result is None or bool(np.array_equal(result.done, state.done))

    content = (folder / "state.npz").read_bytes()
    return Reader(".npz", [content], lambda path: states.load(path, plan), equal)


def _metadata(folder: Path) -> Reader:
    """The `zarr.json` of a store or of one of its arrays, before a resumed scan."""
    plan, whole = _plan(), folder / "whole.zarr"
    (folder / "draft").mkdir()
    create(plan, whole, folder / "draft")
    expected = {path.relative_to(whole): path.read_bytes() for path in _files(whole)}
    root, array = Path("zarr.json"), Path("status/zarr.json")

    def read(path: Path) -> object:
        content = path.read_bytes()
        store = path.with_suffix(".zarr")
        shutil.copytree(whole, store)
        try:
            (store / (root if b'"group"' in content else array)).write_bytes(content)
            require_same_scan(plan, store)
            restore_metadata(plan, store)
            Store(plan, store).repair()
            return {p.relative_to(store): p.read_bytes() for p in _files(store)}
        finally:
            shutil.rmtree(store)

    examples = [expected[root], expected[array]]
    return Reader(".json", examples, read, lambda result: result == expected, share=0.1)


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _plan():
    axes = {"spin": jc.Linspace(0, 30e3, 4), "detuning": [0.0, 1e6]}
    reductions = [Maximum("log_negativity", "spin"), Fraction("stable")]
    device = jc.SpinningResonator()
    return plan_scan(device, axes, ("log_negativity",), reductions=reductions, block_points=4)


def outcome(reader: Reader, path: Path) -> str:
    """What a reader does with a file: "read", "ignored", or the name of the error.

    Raises:
        AssertionError: the error does not name the file, or the result is wrong.
        Exception: any other error is a fault as well.
    """
    refused = None
    try:
        result = reader.read(path)
    except (OSError, ValueError) as error:
        refused, named = type(error).__name__, f"{error} {getattr(error, 'filename', '')}"
    if refused:
        assert path.stem in named, f"the error does not name the file: {named}"
        return refused
    assert reader.equal(result), f"a wrong result: {result!r}"
    return "ignored" if result is None else "read"
