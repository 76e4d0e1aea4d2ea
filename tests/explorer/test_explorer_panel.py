"""The explorer as a notebook uses it, but for the browser."""

import asyncio
import builtins

import numpy as np
import pytest

import jaxcom as jc
from jaxcom.explorer.explorer import Explorer
from optimize import Box, Log

DESIGN = jc.SpinningResonator(detuning=1.2 * 63e6)


@pytest.fixture
def explorer():
    return jc.explore(DESIGN)


@pytest.fixture
def controls(explorer):
    explorer._repr_mimebundle_()
    return explorer._controls


def curve(explorer, side):
    """The line of E_N in the figure."""
    return explorer.drawing.figure.axes[0].lines[side].get_ydata()


def test_a_slider_moves_the_curve(explorer, controls):
    before, picture = curve(explorer, 0).copy(), controls.picture.value
    controls.sliders["power"].value = 10.0
    assert explorer.design.power == 0.01
    expected = jc.entanglement(
        DESIGN.replace(power=0.01, detuning=np.linspace(-1, 4, 601) * 63e6), jc.LEFT
    )
    np.testing.assert_allclose(curve(explorer, 0), expected, atol=1e-12)
    assert not np.array_equal(before, curve(explorer, 0), equal_nan=True)
    assert controls.picture.value != picture
    assert bytes(controls.picture.value).startswith(b"\x89PNG")
    assert len(controls.picture.value) < 45_000  # of which the server passes on 1 MB a second


def test_sliders_follow_the_design(explorer, controls):
    explorer.move(spin=12e3, temperature=0.2)
    assert controls.sliders["spin"].value == pytest.approx(12.0)
    assert controls.sliders["temperature"].value == pytest.approx(
        200, rel=5e-3
    )  # a position of the slider
    assert explorer.design.temperature == 0.2


def test_the_echo_of_a_browser_moves_nothing(explorer, controls):
    """A browser sends back the nearest position of a slider to what it was set to."""
    explorer.move(spin=12.3456e3)
    slider = controls.sliders["spin"]
    slider.value = slider.value + 0.4 * slider.step
    assert explorer.design.spin == 12.3456e3
    slider.value = slider.value + 2 * slider.step
    assert explorer.design.spin != 12.3456e3


def test_words(explorer, controls):
    explorer.move(detuning=0.3 * 63e6)
    words = controls.words.value
    assert "unstable" in words
    assert "0.1476" in words
    assert "none" in words  # an E_N of an unstable direction


def test_improve_climbs_and_says_how_it_ended(explorer, controls):
    before = float(jc.nonreciprocity(explorer.design))
    controls.improve.click()
    assert abs(float(jc.nonreciprocity(explorer.design))) > abs(before)
    assert "optimize.maximize" in controls.said.value
    assert controls.improve.description == "Improve from here"


def test_improve_can_be_stopped(explorer, controls):
    async def start_and_stop():
        controls.improve.click()
        await asyncio.sleep(0.1)
        assert controls.improve.description == "Stop"
        controls.sliders["power"].value = 1.0  # what moves is not moved by hand
        controls.improve.click()
        await asyncio.sleep(0.1)

    asyncio.run(start_and_stop())
    assert "stopped" in controls.said.value
    assert explorer.design.power != 1e-3


def test_nothing_to_improve(explorer, controls):
    explorer.move(detuning=-60e6)
    controls.improve.click()
    assert "no way up" in controls.said.value


def test_code_is_the_design(explorer, controls, capsys):
    explorer.move(spin=12e3)
    controls.copy.click()
    assert explorer.code == "jc.SpinningResonator(spin=12000.0, detuning=75600000.0)"
    assert "spin=12000.0" in controls.said.value
    rebuilt = eval(explorer.code, {"jc": jc})
    assert rebuilt == explorer.design


def test_any_field_can_have_a_slider():
    explorer = jc.explore(DESIGN, Box(mass=Log(1e-12, 1e-10), omega_m=(50e6, 80e6)))
    explorer._repr_mimebundle_()
    assert list(explorer._controls.sliders) == ["omega_m", "mass"]
    explorer.move(mass=2e-11)
    assert explorer.design.mass == 2e-11


def test_both_faces(explorer):
    bundle = explorer._repr_mimebundle_()
    assert bundle["image/png"].startswith(b"\x89PNG")
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert bundle["text/plain"] == explorer.code


def test_without_widgets_it_is_a_figure(explorer, monkeypatch):
    real = builtins.__import__

    def missing(name, *args, **kwargs):
        if name == "jaxcom.explorer.controls":
            raise ImportError("No module named 'ipywidgets'")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", missing)
    bundle = explorer._repr_mimebundle_()
    assert sorted(bundle) == ["image/png", "text/plain"]


def test_stable_and_unstable_mean_fields_are_told_apart(explorer):
    explorer.move(power=0.1)
    axes = explorer.drawing.figure.axes[3]
    stable, dotted = axes.lines[0], axes.lines[2]
    assert np.isfinite(stable.get_ydata()).any()
    assert np.isfinite(dotted.get_ydata()).any()
    both = np.isfinite(stable.get_ydata()) & np.isfinite(dotted.get_ydata())
    assert not both.any()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"power": 1.0}, "`power` must be within its slider, 0 to 0.1, but is 1"),
        ({"mass": 1e-11}, "`mass` has no slider"),
    ],
)
def test_moves_that_are_not_possible(explorer, values, message):
    with pytest.raises(ValueError, match=message):
        explorer.move(**values)
    assert explorer.design == DESIGN


def test_bad_arguments():
    with pytest.raises(ValueError, match="`power` must be one number, but has the shape"):
        jc.explore(DESIGN.replace(power=np.array([0.01, 0.02])))
    with pytest.raises(TypeError, match="resonator"):
        jc.explore(3)
    with pytest.raises(TypeError, match=r"`box` must be an optimize\.Box, but is"):
        jc.explore(DESIGN, {"spin": (0, 1)})
    with pytest.raises(ValueError, match="`spin` must be within its slider"):
        Explorer(DESIGN, Box(spin=(0, 1e3)))
