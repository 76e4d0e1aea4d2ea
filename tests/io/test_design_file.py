"""Design files: round trip, and errors that name the parameter."""

import json

import jax.numpy as jnp
import pytest

import jaxcom as jc
from jaxcom.io.design_file import read_design, write_design
from jaxcom.resonator import PARAMETERS

DESIGN = jc.SpinningResonator(spin=26051.455199383647, power=0.1 + 0.2, detuning=-1 / 3)


def changed(path, **changes):
    """Change parameters in a design file; None removes one."""
    content = json.loads(path.read_text())
    content["parameters"] |= changes
    content["parameters"] = {k: v for k, v in content["parameters"].items() if v is not None}
    path.write_text(json.dumps(content))
    return path


@pytest.fixture
def path(tmp_path):
    return write_design(tmp_path / "design.json", DESIGN)


def test_round_trip_keeps_every_digit(path):
    read = read_design(path)
    assert all(getattr(read, name) == getattr(DESIGN, name) for name in PARAMETERS)


def test_file_says_what_it_holds(tmp_path):
    path = write_design(tmp_path / "d.json", DESIGN, search={"value": float("nan"), "seed": 3})
    content = json.loads(path.read_text())
    assert list(content) == ["jaxcom", "units", "parameters", "search"]
    assert content["units"]["spin"] == "rad/s"
    assert content["units"]["dispersion"] == "1"
    assert content["search"] == {"value": None, "seed": 3}


def test_a_failed_write_leaves_the_old_file_and_no_other(path):
    old = path.read_text()
    with pytest.raises(TypeError, match="not JSON serializable"):
        write_design(path, DESIGN, note=object())
    assert path.read_text() == old
    assert list(path.parent.iterdir()) == [path]


def test_write_replaces(path):
    write_design(path, DESIGN.replace(spin=1.0))
    assert read_design(path).spin == 1.0
    assert list(path.parent.iterdir()) == [path]


def test_a_batch_is_no_design(tmp_path):
    with pytest.raises(ValueError, match="`spin` is an array"):
        write_design(tmp_path / "d.json", DESIGN.replace(spin=jnp.zeros(2)))


def test_own_entries_are_not_overwritten(tmp_path):
    with pytest.raises(ValueError, match="`units` must have another name"):
        write_design(tmp_path / "d.json", DESIGN, units="furlongs")


def test_missing_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        write_design(tmp_path / "no" / "d.json", DESIGN)


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_design(tmp_path / "d.json")


@pytest.mark.parametrize("text", ["", "spin = 3", "[1]", "{}", '{"parameters": 3}'])
def test_what_is_no_design_is_refused(tmp_path, text):
    path = tmp_path / "d.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"d\.json is not a design file"):
        read_design(path)


def test_bytes_are_refused(tmp_path):
    path = tmp_path / "d.json"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="is not a design file"):
        read_design(path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"spni": 3.0}, "`spni` is not a parameter of a design: did you mean `spin`"),
        ({"spin": None, "power": None}, "lacks the parameters spin, power"),
        ({"spin": "fast"}, "`spin` must be a number"),
        ({"spin": [1.0, 2.0]}, "`spin` must be a number"),
        ({"spin": True}, "`spin` must be a number"),
        ({"mass": -1.0}, "`mass` must be finite and above 0"),
        ({"mass": float("nan")}, "`mass` must be finite and above 0"),
    ],
)
def test_wrong_parameters_are_named(path, changes, message):
    with pytest.raises(ValueError, match=message):
        read_design(changed(path, **changes))
