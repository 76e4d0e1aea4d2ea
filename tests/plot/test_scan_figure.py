"""Figures of scans: values, units, legends of missing values, titles of fixed parameters."""

import numpy as np
import pytest
import xarray as xr

import jaxcom as jc
from jaxcom.plot import scan_figure
from jaxcom.plot.style import STYLES
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


def entries(legend) -> list[str]:
    return [text.get_text() for text in legend.get_texts()]


def test_lines_are_the_values(line):
    above = scan_figure(line).axes[0]
    for drawn, side in zip(above.get_lines(), STYLES, strict=True):
        np.testing.assert_array_equal(drawn.get_ydata(), line.log_negativity.sel(direction=side))
        np.testing.assert_allclose(drawn.get_xdata(), np.linspace(-1, 4, 41))
    assert entries(above.get_legend()) == [s.label for s in STYLES.values()] + ["unstable"]


def test_unstable_ranges_are_hatched_in_the_row_of_their_line(line):
    below = scan_figure(line).axes[1]
    for row, side in zip(below.collections, STYLES, strict=True):
        assert row.get_hatch()
        unstable = line.detuning[line.status.sel(direction=side) == jc.Status.UNSTABLE] / 63e6
        ends = row.get_paths()[0].vertices[:, 0]
        assert ends.min() == pytest.approx(-1)
        assert 0 < ends.max() - float(unstable.max()) < 0.125


def test_title_has_fixed_parameters_and_axes_have_units(line, plane):
    for figure in (scan_figure(line), scan_figure(plane)):
        assert r"$P$ = 20 mW" in figure.get_suptitle()
        assert r"$T$ = 130 mK" in figure.get_suptitle()
    assert "krad/s" in scan_figure(line).get_suptitle()
    figure = scan_figure(plane)
    assert "rad/s" in figure.axes[0].get_xlabel()
    assert figure.axes[0].get_ylabel() == r"spin $\Omega$ (krad/s)"


def test_maps_are_the_values_and_hatched_where_unstable(plane):
    figure = scan_figure(plane)
    for axes, side in zip(figure.axes, STYLES, strict=False):
        numbers = plane.log_negativity.sel(direction=side).values
        drawn = np.ma.filled(axes.collections[0].get_array(), np.nan)
        np.testing.assert_array_equal(drawn, numbers)
        assert axes.get_title() == STYLES[side].label
        assert [c for c in axes.collections if getattr(c, "hatches", None) == ["////"]]
    assert entries(figure.legends[0]) == ["unstable"]


def test_difference_is_missing_where_either_direction_is_unstable(plane):
    axes = scan_figure(plane, "nonreciprocity").axes[0]
    missing = np.ma.getmaskarray(axes.collections[0].get_array())
    np.testing.assert_array_equal(missing, (plane.status != 0).any("direction"))
    assert [c for c in axes.collections if getattr(c, "hatches", None) == ["////"]]


def test_figure_of_a_store_read_by_xarray(tmp_path):
    jc.scan(DEVICE, MAP, ("log_negativity", "photons_driven"), store=tmp_path / "s.zarr")
    figure = scan_figure(xr.open_zarr(tmp_path / "s.zarr"), "photons_driven")
    assert figure.axes[-1].get_ylabel() == "photons in the driven mode"
    figure.savefig(tmp_path / "s.png")


def test_largest_value_along_further_axes():
    axes = {"temperature": [0.05, 0.3]} | MAP
    data = jc.scan(DEVICE, axes, direction=jc.LEFT)
    figure = scan_figure(data)
    drawn = np.ma.filled(figure.axes[0].collections[0].get_array(), np.nan)
    np.testing.assert_array_equal(drawn, data.log_negativity.max("temperature"))
    assert "largest along temperature" in figure.get_suptitle()


def test_points_not_computed_count_only_where_nothing_is_computed():
    axes = {"temperature": [0.05, 0.3]} | MAP
    data = jc.scan(DEVICE, axes, direction=jc.LEFT)
    joined = data.status.transpose("temperature", ...)
    assert bool((joined[0] == joined[1]).all())
    partly = data.assign(status=data.status.where(data.temperature > 0.1, -1))
    assert entries(scan_figure(partly).legends[0]) == entries(scan_figure(data).legends[0])
    spins = partly.status.where(data.spin > 0, -1)
    figure = scan_figure(data.assign(status=spins))
    assert entries(figure.legends[0]) == ["unstable", "not computed"]


def test_branches_that_exist_nowhere_are_left_out():
    data = jc.scan(DEVICE.replace(power=0.1), LINE, branch=range(5), direction=jc.LEFT)
    above = scan_figure(data).axes[0]
    named = [f"light from the left, branch {k}" for k in range(3)]
    assert entries(above.get_legend()) == [*named, "unstable", "no such branch"]


def test_reduction_and_logarithmic_axis():
    axes = {"temperature": jc.Geomspace(0.01, 1.0, 5)} | MAP
    data = jc.scan(DEVICE, axes, reductions=[reductions.Maximum("log_negativity", "detuning")])
    figure = scan_figure(data)
    assert figure.axes[0].get_yscale() == "log"
    assert figure.axes[0].get_xscale() == "linear"
    assert "largest" in figure.axes[-1].get_ylabel()


def test_strongest_entanglement_has_no_branches():
    data = jc.scan(DEVICE, LINE, ("strongest_log_negativity",), branch=range(3))
    above = scan_figure(data).axes[0]
    assert entries(above.get_legend()) == [s.label for s in STYLES.values()] + ["nowhere stable"]


def test_unknown_quantity(line):
    with pytest.raises(ValueError, match="must be one of log_negativity, but is 'photons_driven'"):
        scan_figure(line, "photons_driven")
    data = jc.scan(DEVICE, LINE, reductions=[reductions.Maximum("photons_driven")])
    with pytest.raises(ValueError, match="must be one of none"):
        scan_figure(data)
