"""The report of a search: complete, readable again, and drawn whatever the search met."""

import csv
import json

import numpy as np
import pytest

import jaxcom as jc
from jaxcom.design_file import read_design
from optimize.box import Box, Log
from optimize.report import FILES, climb_figure, write_report
from optimize.result import History, Optimum, SearchStatus, Side
from optimize.verification import Verified

SCORES = np.array([[np.nan, np.nan], [0.1, np.nan], [0.2, -0.3]])
NAN = float("nan")


def optimum(scores=SCORES, status=SearchStatus.CONVERGED, value=0.2) -> Optimum:
    side = Side(value, Verified(value, 5e6))
    return Optimum(
        design=jc.SpinningResonator(detuning=19e6),
        value=value,
        verified_value=value,
        status=status,
        start=jc.SpinningResonator(),
        start_value=NAN,
        left=side,
        right=Side(NAN, Verified(NAN, -2.0)),
        gradient={"detuning": 0.0, "optical_quality": 1e-9},
        active={"optical_quality": "upper"},
        box=Box(detuning=(0.0, 63e6), optical_quality=Log(1e6, 3.2e7)),
        margin=1e3,
        history=History(scores),
        objective="|Delta E_N|",
        seed=7,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report") / "deep" / "er"
    assert write_report(optimum(), folder) == [folder / name for name in FILES]
    return folder


def test_only_the_report_is_left(folder):
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    assert list(folder.parent.iterdir()) == [folder]


def test_design_is_read_again(folder):
    assert read_design(folder / "design.json").detuning == 19e6


def test_search_is_told(folder):
    search = json.loads((folder / "design.json").read_text())["search"]
    assert search["status"] == "converged"
    assert search["right"] == {
        "log_negativity": None,
        "verified_log_negativity": None,
        "margin": -2.0,
    }
    assert search["box"]["optical_quality"] == {"low": 1e6, "high": 3.2e7, "scale": "log"}
    assert search["active_bounds"] == {"optical_quality": "upper"}
    assert (search["starts"], search["steps"], search["seed"]) == (2, 3, 7)


def test_history_is_a_table(folder):
    with (folder / "history.csv").open(newline="") as file:
        head, *rows = csv.reader(file)
    assert head == ["step", "best score", "feasible share", "start 0", "start 1"]
    assert rows[0] == ["1", "nan", "0", "nan", "nan"]
    assert rows[2] == ["3", "0.2", "1", "0.2", "-0.3"]


def test_figures_are_images(folder):
    for name in ("search.png", "entanglement.png"):
        assert (folder / name).read_bytes().startswith(b"\x89PNG")


def test_other_files_stay(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    write_report(optimum(), tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_search_that_found_nothing_is_reported(tmp_path):
    nothing = optimum(np.full((3, 2), np.nan), SearchStatus.NOTHING_FEASIBLE, NAN)
    write_report(nothing, tmp_path)
    assert json.loads((tmp_path / "design.json").read_text())["search"]["value"] is None


def test_every_start_is_drawn():
    above, below = climb_figure(optimum()).axes
    drawn = [line.get_ydata() for line in above.get_lines()]
    np.testing.assert_array_equal(drawn[0], SCORES[:, 0])
    np.testing.assert_array_equal(drawn[-1], [np.nan, 0.1, 0.2])
    np.testing.assert_array_equal(below.get_lines()[0].get_ydata(), [0.0, 0.5, 1.0])
