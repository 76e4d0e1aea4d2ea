"""The explorer as a notebook uses it, without a browser."""

import asyncio
import builtins

import numpy as np
import pytest

import jaxcom as jc
from optimize import Box, Log, explore
from optimize.explorer.explorer import POINTS, Explorer

DESIGN = jc.SpinningResonator(detuning=1.2 * 63e6)


@pytest.fixture
def explorer():
    return explore(DESIGN)


@pytest.fixture
def controls(explorer):
    explorer._repr_mimebundle_()
    return explorer._controls


def curve(explorer, side):
    """E_N along the line of a direction in the figure."""
    return explorer.drawing.figure.axes[0].lines[side].get_ydata()


def slide(controls, **shown):
    """Send the message of a browser that moves sliders, in the units of their labels."""
    controls.live._handle_custom_msg(shown, [])


def test_a_slider_moves_the_curve(explorer, controls):
    before, picture = curve(explorer, 0).copy(), controls.live.picture
    slide(controls, power=10.0)
    assert explorer.design.power == 0.01
    expected = jc.entanglement(
        DESIGN.replace(power=0.01, detuning=np.linspace(-1, 4, POINTS) * 63e6), jc.LEFT
    )
    np.testing.assert_allclose(curve(explorer, 0), expected, atol=1e-12)
    assert not np.array_equal(before, curve(explorer, 0), equal_nan=True)
    assert controls.live.picture != picture
    assert controls.live.picture.startswith(b"\x89PNG")
    assert len(controls.live.picture) < 45_000  # the server transmits 1 MB per second


def test_a_move_is_answered_by_one_message(controls, monkeypatch):
    sent = []
    monkeypatch.setattr(controls.live, "_send", lambda message, buffers=None: sent.append(message))
    slide(controls, power=10.0)
    (message,) = sent
    assert message["state"].keys() == {"answered", "values", "table"}  # the picture: a buffer
    assert message["buffer_paths"] == [["picture"]]


def test_every_move_is_answered(controls, monkeypatch):
    """Also a move that fails; otherwise the browser would wait forever."""
    slide(controls, power=10.0)
    assert controls.live.answered == 1
    slide(controls, power=10.0)
    assert controls.live.answered == 2
    monkeypatch.setattr(controls.live, "_move", lambda values: 1 / 0)
    slide(controls, power=20.0)
    assert controls.live.answered == 3


def test_sliders_follow_the_design(explorer, controls):
    explorer.move(spin=12.3456789e3, temperature=0.2)
    assert controls.live.values["spin"] == pytest.approx(12.3456789, rel=1e-14)
    assert controls.live.values["temperature"] == pytest.approx(200, rel=1e-14)


def test_a_slider_changes_one_field_and_reaches_its_end(explorer, controls):
    explorer.move(temperature=0.123456789)
    slide(controls, spin=30.000000000000004)  # rounding of the unit conversion
    assert explorer.design.spin == 30e3
    assert explorer.design.temperature == 0.123456789
    slide(controls, spin=12.1)
    assert explorer.design.spin == 12.1e3


def test_blitted_pictures_equal_the_full_figure(explorer, controls):
    """Backgrounds are drawn once for each choice of limits, and cached."""
    drawing = explorer.drawing
    for power, detuning in ((100.0, 1.2), (1.0, -1.0), (100.0, 1.2)):
        slide(controls, power=power, detuning=detuning)
    drawing._canvas.draw()  # everything but the moving artists
    for panel in drawing._panels:
        for artist in panel.moving:
            drawing.figure.draw_artist(artist)
    assert controls.live.picture == drawing._in_few_colors()


def test_table(explorer, controls):
    explorer.move(detuning=0.3 * 63e6)
    table = controls.live.table
    assert "unstable" in table
    assert "0.1476" in table
    assert "none" in table  # E_N of the unstable direction


def test_improve_increases_the_objective_and_reports_the_end(explorer, controls):
    before = float(jc.nonreciprocity(explorer.design))
    controls.improve.click()
    assert abs(float(jc.nonreciprocity(explorer.design))) > abs(before)
    assert "optimize.maximize" in controls.status.value
    assert controls.improve.description == "Improve from here"


def test_improve_can_be_stopped(explorer, controls):
    async def start_and_stop():
        controls.improve.click()
        await asyncio.sleep(0.1)
        assert controls.improve.description == "Stop"
        slide(controls, power=1.0)  # sliders are ignored meanwhile
        controls.improve.click()
        await asyncio.sleep(0.1)

    asyncio.run(start_and_stop())
    assert "stopped" in controls.status.value
    assert explorer.design.power != 1e-3


def test_nothing_to_improve(explorer, controls):
    explorer.move(detuning=-60e6)
    controls.improve.click()
    assert "cannot be improved" in controls.status.value


def test_code_is_the_design(explorer, controls, capsys):
    explorer.move(spin=12e3)
    controls.copy.click()
    assert explorer.code == "jc.SpinningResonator(spin=12000.0, detuning=75600000.0)"
    assert "spin=12000.0" in controls.status.value
    rebuilt = eval(explorer.code, {"jc": jc})
    assert rebuilt == explorer.design


def test_any_field_can_have_a_slider():
    explorer = explore(DESIGN, Box(mass=Log(1e-12, 1e-10), omega_m=(50e6, 80e6)))
    explorer._repr_mimebundle_()
    assert list(explorer._controls.live.values) == ["omega_m", "mass"]
    explorer.move(mass=2e-11)
    assert explorer.design.mass == 2e-11


def test_widgets_and_static_figure(explorer):
    bundle = explorer._repr_mimebundle_()
    assert bundle["image/png"].startswith(b"\x89PNG")
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert bundle["text/plain"] == explorer.code


def test_without_widgets_it_is_a_figure(explorer, monkeypatch):
    real = builtins.__import__

    def missing(name, *args, **kwargs):
        if name == "controls":
            raise ImportError("No module named 'anywidget'")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", missing)
    bundle = explorer._repr_mimebundle_()
    assert sorted(bundle) == ["image/png", "text/plain"]


def test_stable_and_unstable_mean_fields_are_drawn_differently(explorer):
    explorer.move(power=0.1)
    axes = explorer.drawing.figure.axes[3]
    stable, dotted = axes.lines[0], axes.lines[2]
    lines = (line.get_xydata() for line in (stable, dotted))
    places = [{tuple(xy) for xy in line if np.isfinite(xy).all()} for line in lines]
    assert all(places)
    assert not set.intersection(*places)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"power": 1.0}, "`power` must be within its slider, 0 to 0.1, but is 1"),
        ({"mass": 1e-11}, "`mass` has no slider"),
    ],
)
def test_impossible_moves_are_refused(explorer, values, message):
    with pytest.raises(ValueError, match=message):
        explorer.move(**values)
    assert explorer.design == DESIGN


def test_bad_arguments():
    with pytest.raises(ValueError, match="`power` must be one number, but has the shape"):
        explore(DESIGN.replace(power=np.array([0.01, 0.02])))
    with pytest.raises(TypeError, match="resonator"):
        explore(3)
    with pytest.raises(TypeError, match=r"`box` must be an optimize\.Box, but is"):
        explore(DESIGN, {"spin": (0, 1)})
    with pytest.raises(ValueError, match="`spin` must be within its slider"):
        Explorer(DESIGN, Box(spin=(0, 1e3)))
