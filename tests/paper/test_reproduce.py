"""Command `jaxcom reproduce`, drawing of panels, and verdicts on printed numbers."""

import numpy as np
import pytest
import xarray as xr
from matplotlib.figure import Figure

import jaxcom as jc
from jaxcom.cli import main
from jaxcom.paper import PANELS, QUICK, reproduce
from jaxcom.paper.facts import Fact, compare, half_last_digit
from jaxcom.paper.reproduce import panel_of

pytestmark = pytest.mark.usefixtures("elsewhere")

ONE = ("reproduce", "--quick", "--quiet", "--figure", "1b", "--out", "here")


def test_one_panel(tmp_path, capsys):
    assert main(ONE) == 0
    assert {path.name for path in (tmp_path / "here").iterdir()} == {"1b.png", "1b.nc"}
    assert "2 files in here" in capsys.readouterr().out
    data = xr.open_dataset("here/1b.nc")
    assert data.attrs["title"] == "Fig. 1(b): Sagnac-Fizeau shift"
    assert data.sagnac_shift.units == "rad/s"


def test_publication_quality_adds_pdf(tmp_path):
    assert main([word for word in ONE if word != "--quick"]) == 0
    assert (tmp_path / "here" / "1b.pdf").read_bytes().startswith(b"%PDF")


def test_existing_results_are_kept_without_overwrite(fails, capsys):
    assert main(ONE) == 0
    capsys.readouterr()
    assert "here holds a 1b.png; --overwrite replaces it" in fails(*ONE)
    assert main([*ONE, "--overwrite"]) == 0
    capsys.readouterr()
    assert "holds a 1b.png" in fails(*ONE[:3], "--figure", "2a", "--figure", "1b", "--out", "here")


def test_help_lists_the_panels(capsys):
    with pytest.raises(SystemExit):
        main(["reproduce", "--help"])
    printed = capsys.readouterr().out
    assert all(panel.title in printed for panel in PANELS.values())


def test_unknown_panels(fails):
    assert "contains `S2x`: did you mean `S2" in fails("reproduce", "--figure", "S2x")
    assert "known are 1b, 2a" in fails("reproduce", "--figure", "nothing")


def test_panels_of_the_paper():
    letters = {"1": "b", "2": "abc", "3": "abcdef", "S1": "abc", "S2": "abc", "S3": "abcdef",
               "S4": "abc"}  # fmt: skip
    assert list(PANELS) == [figure + letter for figure in letters for letter in letters[figure]]


def test_failure_leaves_no_incomplete_file(tmp_path, monkeypatch):
    def fail(*_):
        raise RuntimeError("drawing failed")

    monkeypatch.setitem(PANELS, "1b", PANELS["1b"]._replace(draw=fail))
    with pytest.raises(RuntimeError, match="drawing failed"):
        reproduce(tmp_path, ["1b"], resolution=QUICK, progress=False)
    assert not list(tmp_path.iterdir())


def test_unstable_ranges_are_hatched_and_faint():
    """Full lines only where there is a steady state; elsewhere |G| is drawn faintly."""
    panel = panel_of("3d")
    data = panel.compute(QUICK)
    figure = Figure()
    panel.draw(figure, data)
    main_axes, strip = figure.axes
    full, faint = main_axes.get_lines()
    unstable = data["status"].values[0] != int(jc.Status.STABLE)
    assert unstable.any()
    np.testing.assert_array_equal(np.isnan(full.get_ydata()), unstable)
    np.testing.assert_array_equal(np.isnan(faint.get_ydata()), ~unstable)
    assert faint.get_alpha() < 0.5
    assert all(bar.get_hatch() for bar in strip.collections)


@pytest.mark.parametrize(
    ("printed", "sign", "computed", "agrees"),
    [
        ("0.6", "~", 0.551, True),
        ("0.6", "~", 0.549, False),
        ("1.22e15", "", 1.2249e15, True),
        ("1.22e15", "", 1.2251e15, False),
        ("1e-3", "<", 0.9e-3, True),
        ("1e-3", "<", 1.0e-3, False),
        ("0.000", "", 4e-4, True),
        ("0.000", "", 6e-4, False),
    ],
)
def test_verdicts(printed, sign, computed, agrees):
    comparison = compare(Fact("", "", printed, "", lambda: computed, sign))
    assert comparison.agrees == agrees
    assert comparison.verdict == ("agrees" if agrees else "differs")


def test_half_of_the_last_digit():
    assert half_last_digit("269.4") == pytest.approx(0.05, abs=0)
    assert half_last_digit("38.0e6") == pytest.approx(0.05e6, abs=0)
