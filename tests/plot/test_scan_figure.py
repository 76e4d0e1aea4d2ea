"""Figures of scans: units, a legend for what is missing, a title for what is fixed."""

import numpy as np
import pytest
import xarray as xr

import jaxcom as jc
from jaxcom.plot import STYLES, scan_figure
from jaxcom.scan import reductions

DEVICE = jc.SpinningResonator()
LINE = {"detuning": jc.Linspace(-63e6, 252e6, 41)}
MAP = {"spin": jc.Linspace(0, 30e3, 7)} | LINE


@pytest.fixture(scope="module")
def line() -> xr.Dataset:
    return jc.scan(DEVICE, LINE)


@pytest.fixture(scope="module")
def plane() -> xr.Dataset:
    return jc.scan(DEVICE, MAP, ("log_negativity", "nonreciprocity"))


def words(legend) -> list[str]:
    return [text.get_text() for text in legend.get_texts()]


def test_lines_are_the_numbers(line):
    above = scan_figure(line).axes[0]
    for drawn, side in zip(above.get_lines(), STYLES, strict=True):
        np.testing.assert_array_equal(drawn.get_ydata(), line.log_negativity.sel(direction=side))
        np.testing.assert_allclose(drawn.get_xdata(), np.linspace(-1, 4, 41))
    assert words(above.get_legend()) == [s.label for s in STYLES.values()] + ["unstable"]


def test_unstable_ranges_are_hatched_in_the_row_of_their_line(line):
    below = scan_figure(line).axes[1]
    for row, side in zip(below.collections, STYLES, strict=True):
        assert row.get_hatch()
        unstable = line.detuning[line.status.sel(direction=side) == jc.Status.UNSTABLE] / 63e6
        ends = row.get_paths()[0].vertices[:, 0]
        assert ends.min() == pytest.approx(-1)
        assert 0 < ends.max() - float(unstable.max()) < 0.125


def test_a_title_says_what_is_fixed_and_axes_have_units(line, plane):
    for figure in (scan_figure(line), scan_figure(plane)):
        assert r"$P$ = 20 mW" in figure.get_suptitle()
        assert r"$T$ = 130 mK" in figure.get_suptitle()
    assert "krad/s" in scan_figure(line).get_suptitle()
    figure = scan_figure(plane)
    assert "rad/s" in figure.axes[0].get_xlabel()
    assert figure.axes[0].get_ylabel() == r"spin $\Omega$ (krad/s)"


def test_maps_are_the_numbers_and_hatched_where_unstable(plane):
    figure = scan_figure(plane)
    for axes, side in zip(figure.axes, STYLES, strict=False):
        numbers = plane.log_negativity.sel(direction=side).values
        drawn = np.ma.filled(axes.collections[0].get_array(), np.nan)
        np.testing.assert_array_equal(drawn, numbers)
        assert axes.get_title() == STYLES[side].label
        assert [c for c in axes.collections if getattr(c, "hatches", None) == ["////"]]
    assert words(figure.legends[0]) == ["unstable"]


def test_a_difference_is_missing_where_either_side_is_unstable(plane):
    axes = scan_figure(plane, "nonreciprocity").axes[0]
    missing = np.ma.getmaskarray(axes.collections[0].get_array())
    np.testing.assert_array_equal(missing, (plane.status != 0).any("direction"))
    assert [c for c in axes.collections if getattr(c, "hatches", None) == ["////"]]


def test_a_figure_of_a_store_read_by_xarray(tmp_path):
    jc.scan(DEVICE, MAP, ("log_negativity", "photons"), store=tmp_path / "s.zarr")
    figure = scan_figure(xr.open_zarr(tmp_path / "s.zarr"), "photons")
    assert figure.axes[-1].get_ylabel() == "photons in the driven mode"
    figure.savefig(tmp_path / "s.png")


def test_of_more_axes_the_largest_value_is_drawn():
    axes = {"temperature": [0.05, 0.3]} | MAP
    data = jc.scan(DEVICE, axes, direction=jc.LEFT)
    figure = scan_figure(data)
    drawn = np.ma.filled(figure.axes[0].collections[0].get_array(), np.nan)
    np.testing.assert_array_equal(drawn, data.log_negativity.max("temperature"))
    assert "largest along temperature" in figure.get_suptitle()


def test_branches_that_exist_nowhere_are_left_out():
    data = jc.scan(DEVICE.replace(power=0.1), LINE, branch=range(5), direction=jc.LEFT)
    above = scan_figure(data).axes[0]
    named = [f"light from the left, branch {k}" for k in range(3)]
    assert words(above.get_legend()) == [*named, "unstable", "no such branch"]


def test_a_reduction_is_drawn_and_logarithmic_axes_are():
    axes = {"temperature": jc.Geomspace(0.01, 1.0, 5)} | MAP
    data = jc.scan(DEVICE, axes, reductions=[reductions.Maximum("log_negativity", "detuning")])
    figure = scan_figure(data)
    assert figure.axes[0].get_yscale() == "log"
    assert figure.axes[0].get_xscale() == "linear"
    assert "largest" in figure.axes[-1].get_ylabel()


def test_the_best_of_all_branches_is_drawn_whatever_the_branches():
    data = jc.scan(DEVICE, LINE, ("strongest_log_negativity",), branch=range(3))
    above = scan_figure(data).axes[0]
    assert words(above.get_legend()) == [s.label for s in STYLES.values()] + ["nowhere stable"]


def test_wrong_input_is_named(line):
    with pytest.raises(ValueError, match="must be one of log_negativity, but is 'photons'"):
        scan_figure(line, "photons")
    data = jc.scan(DEVICE, LINE, reductions=[reductions.Maximum("photons")])
    with pytest.raises(ValueError, match="must be one of none"):
        scan_figure(data)
