"""Figure over the detuning: lines, gaps without a steady state, labels, styles."""

import numpy as np
import pytest

import jaxcom as jc
from jaxcom.plot import detuning_figure
from jaxcom.plot.labels import axis_label, equation, factor_of
from jaxcom.plot.style import STATIONARY_STYLE, STYLES
from jaxcom.plot.symbols import with_symbols
from jaxcom.resonator import PARAMETERS

DEVICE = jc.SpinningResonator(detuning=0.3 * 63e6)
DETUNINGS = 63e6 * np.linspace(-1, 2, 61)


@pytest.fixture(scope="module")
def axes():
    return detuning_figure(DEVICE, DETUNINGS, mark="chosen").axes


def test_lines_are_the_entanglement(axes):
    right = axes[0].get_lines()[1]
    expected = jc.entanglement(DEVICE.replace(detuning=DETUNINGS), jc.RIGHT)
    np.testing.assert_allclose(right.get_xdata(), DETUNINGS / 63e6)
    np.testing.assert_array_equal(right.get_ydata(), expected)


def test_unstable_ranges_are_hatched_gaps(axes):
    missing = np.isnan(axes[0].get_lines()[1].get_ydata())
    assert missing.any()
    (bar,) = axes[1].collections[1].get_paths()
    np.testing.assert_allclose(bar.vertices[:, 0].min(), DETUNINGS[missing][0] / 63e6)
    edge = (DETUNINGS[missing][-1] + DETUNINGS[~missing][0]) / 2  # halfway between points
    np.testing.assert_allclose(bar.vertices[:, 0].max(), edge / 63e6)
    assert all(row.get_hatch() for row in axes[1].collections)


def test_legend_names_everything(axes):
    entries = [text.get_text() for text in axes[0].get_legend().get_texts()]
    lines = [style.label for style in (*STYLES.values(), STATIONARY_STYLE)]
    assert entries == [*lines, "chosen", "unstable: no $E_N$"]


def test_labels_have_units(axes):
    assert "rad/s" in axes[1].get_xlabel()
    assert "krad/s" in axes[0].get_title()


def test_default_range_includes_the_design():
    axes = detuning_figure(DEVICE.replace(detuning=6 * 63e6), mark="far").axes
    assert axes[0].get_xlim() == pytest.approx((-1, 6.5))


def test_an_unstable_device_is_drawn(tmp_path):
    figure = detuning_figure(DEVICE.replace(detuning=-0.9 * 63e6), mark="here")
    figure.savefig(tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size > 0


def test_styles_differ_in_color_and_line():
    styles = [*STYLES.values(), STATIONARY_STYLE]
    for part in ("color", "line", "hatch", "marker"):
        assert len({getattr(style, part) for style in styles}) == len(styles)


DISPLAY_FACTORS = {
    ("", ""): 1.0, ("m", "mm"): 1e3, ("m", "µm"): 1e6, ("kg", "ng"): 1e12, ("K", "mK"): 1e3,
    ("W", "mW"): 1e3, ("rad/s", "krad/s"): 1e-3, ("rad/s", "Mrad/s"): 1e-6,
}  # fmt: skip


@pytest.mark.parametrize("name", PARAMETERS)
def test_labels_and_display_units_of_parameters(name):
    known = PARAMETERS[name]
    assert axis_label(name, {}).startswith(f"{known.label} ${known.latex}$")
    assert factor_of(name, {}) == DISPLAY_FACTORS[known.unit, known.display_unit]


def test_backscattering_in_units_of_kappa():
    fixed = {"wavelength": DEVICE.wavelength, "optical_quality": DEVICE.optical_quality}
    assert factor_of("backscattering", fixed) == 1 / DEVICE.kappa
    assert equation("backscattering", 2 * DEVICE.kappa, fixed) == r"$J$ = 2 $\kappa$"


def test_symbols_only_in_whole_words():
    assert with_symbols("chi of a machine") == r"$\chi$ of a machine"
