"""Figures: drawn as described, without a display, and never a 0 where nothing exists."""

import numpy as np
import pytest

import jaxcom as jc
from jaxcom.plot import STATIONARY, STYLES, entanglement_spectrum

DEVICE = jc.SpinningResonator(detuning=0.3 * 63e6)
DETUNINGS = 63e6 * np.linspace(-1, 2, 61)


@pytest.fixture(scope="module")
def axes():
    return entanglement_spectrum(DEVICE, DETUNINGS, mark="chosen").axes


def test_lines_are_the_entanglement(axes):
    right = axes[0].get_lines()[1]
    expected = jc.entanglement(DEVICE.replace(detuning=DETUNINGS), jc.RIGHT)
    np.testing.assert_allclose(right.get_xdata(), DETUNINGS / 63e6)
    np.testing.assert_array_equal(right.get_ydata(), expected)


def test_unstable_ranges_are_gaps_and_are_hatched(axes):
    missing = np.isnan(axes[0].get_lines()[1].get_ydata())
    assert missing.any()
    (bar,) = axes[1].collections[1].get_paths()
    np.testing.assert_allclose(bar.vertices[:, 0].min(), DETUNINGS[missing][0] / 63e6)
    edge = (DETUNINGS[missing][-1] + DETUNINGS[~missing][0]) / 2  # halfway between points
    np.testing.assert_allclose(bar.vertices[:, 0].max(), edge / 63e6)
    assert all(row.get_hatch() for row in axes[1].collections)


def test_legend_names_everything(axes):
    words = [text.get_text() for text in axes[0].get_legend().get_texts()]
    lines = [style.label for style in (*STYLES.values(), STATIONARY)]
    assert words == [*lines, "chosen", "unstable: no $E_N$"]


def test_labels_have_units(axes):
    assert "rad/s" in axes[1].get_xlabel()
    assert "krad/s" in axes[0].get_title()


def test_default_range_holds_the_design():
    axes = entanglement_spectrum(DEVICE.replace(detuning=6 * 63e6), mark="far").axes
    assert axes[0].get_xlim() == pytest.approx((-1, 6.5))


def test_an_unstable_device_is_drawn(tmp_path):
    figure = entanglement_spectrum(DEVICE.replace(detuning=-0.9 * 63e6), mark="here")
    figure.savefig(tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size > 0


def test_kinds_of_light_differ_in_colour_and_line():
    styles = [*STYLES.values(), STATIONARY]
    for part in ("colour", "line", "hatch", "marker"):
        assert len({getattr(style, part) for style in styles}) == len(styles)
