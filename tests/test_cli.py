"""The command `jaxcom`, run in-process: what it prints, writes, refuses, and who wins over whom."""

import json
import math

import jax
import pytest

import jaxcom as jc
from jaxcom.cli import main
from jaxcom.cli import optimize as command
from jaxcom.cli.arguments import device_of, settings
from jaxcom.cli.point import _parser as point_parser
from jaxcom.cli.quantities import Quantity, Range, fixed, quantity_or_range
from jaxcom.design_file import read_design, write_design

DESIGN = jc.SpinningResonator(spin=11e3, power=7e-3, temperature=0.3)


pytestmark = pytest.mark.usefixtures("elsewhere")


@pytest.fixture
def searches(monkeypatch):
    """The searches that the command asks for, without running them."""
    calls = []

    def stand_in(objective, resonator, box, **options):
        calls.append((objective, resonator, box, options))
        raise OSError("stopped here")

    monkeypatch.setattr(command, "maximize", stand_in)
    return calls


def device(*argv: str) -> jc.SpinningResonator:
    """The design that `jaxcom point` would evaluate."""
    return fixed(*device_of(settings(point_parser(), argv)))


def test_help_and_version(capsys):
    for argv in (["--help"], [], ["point", "--help"], ["optimize", "--help"], ["--version"]):
        with pytest.raises(SystemExit) as left:
            main(argv)
        assert left.value.code == 0
    printed = capsys.readouterr().out
    assert "--optical-quality" in printed
    assert "wins over" in printed
    assert "jaxcom 0." in printed


@pytest.mark.parametrize("argv", [["--detuning", "-0.4*omega_m"], ["--detuning=-0.4*omega_m"]])
def test_negative_values_are_values(argv):
    assert device(*argv).detuning == pytest.approx(-0.4 * 63e6)


def test_multiples_are_of_the_device_that_is_asked_for():
    asked = device("--detuning", "2*omega_m", "--omega-m", "1e6", "--backscattering", "kappa")
    assert asked.detuning == 2e6
    assert asked.backscattering == asked.kappa
    assert device("--optical-quality=6.4e7", "--backscattering=1*kappa").backscattering == (
        pytest.approx(jc.SpinningResonator().kappa / 2)
    )


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("63e6", Quantity(63e6)),
        ("-1..4*omega_m", Range(Quantity(-1, "omega_m"), Quantity(4, "omega_m"))),
        ("-1*kappa..4*omega_m", Range(Quantity(-1, "kappa"), Quantity(4, "omega_m"))),
        ("0..30e3", Range(Quantity(0), Quantity(30e3))),
        ("-1...5", Range(Quantity(-1), Quantity(0.5))),
        ("log:1e6..1e9", Range(Quantity(1e6), Quantity(1e9), logarithmic=True)),
    ],
)
def test_values(text, read):
    assert quantity_or_range(text) == read


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["pont"], "unknown command `pont`: did you mean `point`"),
        (["point", "--spni=3"], "unknown argument `--spni`: did you mean `--spin`"),
        (["point", "--detuning", "3*omega"], "neither a number nor"),
        (["point", "--spin", "fast"], "neither a number nor"),
        (["point", "--spin", "0..3"], "`0..3` is a range"),
        (["point", "--mass", "3*kappa"], "`mass` cannot be given as a multiple of kappa"),
        (["point", "--omega-m", "3*kappa"], "`omega_m` cannot be given as a multiple"),
        (["point", "--mass=-1"], "`mass` must be finite and above 0"),
        (["point", "--spin", "nan"], "`spin` must be finite"),
        (["point", "--branch", "7"], "invalid choice"),
        (["point", "--design", "nope.json"], "nope.json: No such file"),
        (["point", "--design", "."], "Is a directory"),
        (["point", "--config", "nope.toml"], "nope.toml: No such file"),
        (["optimize", "--objective", "beauty"], "invalid choice"),
        (["optimize", "--starts", "0"], "no whole number from 1"),
        (["optimize", "--seed", "-1"], "no whole number from 0"),
        (["optimize", "--spin", "3..1"], "low < high"),
        (["optimize", "--spin", "log:0..1"], "above 0 for Log"),
        (["optimize", "--spin", "log:3"], "log:LOW..HIGH"),
        (["optimize", "--margin", "-1"], "`margin` must be finite and at least 0"),
        (["optimize", "--omega-m", "1e6..2e6", "--detuning", "1*omega_m"], "which is free"),
        (["optimize", "--spin=1", "--power=1", "--detuning=1"], "free at least one field"),
    ],
)
def test_errors_are_one_line(fails, argv, message):
    assert message in fails(*argv)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[device]\nspni = 3", "unknown key `spni`: did you mean `spin`"),
        ("[search]\nstrats = 3", "unknown key `strats`: did you mean `starts`"),
        ("[devise]\nspin = 3", "unknown table `devise`: did you mean `device`"),
        ("spin = 3", "unknown table `spin`"),
        ("[device]\nspin = true", "`spin` must be a number"),
        ("[device]\nspin = [1, 2, 3]", "`spin` must be a number"),
        ("[device]\nspin = [1, 2]", "is a range"),
        ("[device", "f.toml: "),
    ],
)
def test_errors_of_a_file_name_it(fails, tmp_path, text, message):
    (tmp_path / "f.toml").write_text(text)
    error = fails("point", "--config", "f.toml")
    assert message in error
    assert "f.toml: " in error


def test_flags_win_over_the_file_and_the_file_over_the_design(tmp_path):
    write_design("design.json", DESIGN)
    (tmp_path / "f.toml").write_text("[device]\npower = 5e-3\nspin = '2*omega_m'\n[search]\nseed=3")
    asked = device("--spin", "1", "--design", "design.json", "--config", "f.toml")
    assert (asked.spin, asked.power, asked.temperature, asked.mass) == (1.0, 5e-3, 0.3, 1e-11)


def test_a_fault_of_the_program_is_not_blamed_on_the_user(monkeypatch):
    def faulty(*_, **__):
        raise TypeError("a fault")

    monkeypatch.setattr(command, "maximize", faulty)
    with pytest.raises(TypeError, match="a fault"):
        main(["optimize"])


def test_point_prints_both_directions(capsys):
    assert main(["point", "--detuning", "0.3*omega_m"]) == 0
    printed = capsys.readouterr().out
    assert "light from the left" in printed
    assert "light from the right" in printed
    assert "0.147" in printed


def test_point_as_json_tells_an_unstable_point(capsys):
    assert main(["point", "--detuning", "0.3*omega_m", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    left, right = told["directions"]["left"], told["directions"]["right"]
    expected = jc.steady_state(jc.SpinningResonator(detuning=0.3 * 63e6), jc.LEFT)
    assert told["parameters"]["detuning"] == 0.3 * 63e6
    assert told["derived"]["kappa"] == jc.SpinningResonator().kappa
    assert left["status"] == "stable"
    assert left["log_negativity"] == float(expected.log_negativity)
    assert left["coupling"][0] == [expected.coupling[0].real, expected.coupling[0].imag]
    assert right["status"] == "unstable"
    assert right["log_negativity"] is None
    assert right["margin"] < 0


def test_point_of_one_direction_and_branch(capsys):
    assert main(["point", "--direction", "right", "--branch", "2", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert list(told["directions"]) == ["right"]
    assert told["directions"]["right"]["status"] == "no such branch"


def test_defaults_of_a_search(fails, searches):
    fails("optimize")
    ((objective, resonator, box, options),) = searches
    assert objective.name == "|Delta E_N|"
    assert resonator.spin == jc.SpinningResonator().spin
    assert box.names == ("detuning", "power", "spin")
    assert (box.intervals["detuning"].low, box.intervals["detuning"].high) == (-63e6, 252e6)
    assert options["margin"] is None  # left to `maximize`


def test_a_value_fixes_a_field_of_the_default_box(fails, searches):
    fails("optimize", "--spin", "23e3")
    ((_, resonator, box, _),) = searches
    assert box.names == ("detuning", "power")
    assert resonator.spin == 23e3


def test_a_range_replaces_the_default_box(fails, searches):
    fails("optimize", "--optical-quality", "log:1e6..1e9", "--margin", "1e-3*omega_m")
    ((_, _, box, options),) = searches
    assert box.names == ("optical_quality",)
    assert box.intervals["optical_quality"].coordinate(1e9) == pytest.approx(1.0)
    assert options["margin"] == pytest.approx(63e3)


def test_a_file_frees_fields_and_sets_the_search(fails, searches, tmp_path):
    (tmp_path / "f.toml").write_text(
        "[device]\nspin = [0, 30e3]\ndetuning = '-1..4*omega_m'\n"
        "[search]\nobjective = 'left'\nstarts = 4\nseed = 5\nmargin = 1e4\nout = 'there'\n"
    )
    fails("optimize", "--config", "f.toml", "--spin", "9e3", "--seed", "6")
    ((objective, resonator, box, options),) = searches
    assert (objective.name, resonator.spin, box.names) == ("E_N(left)", 9e3, ("detuning",))
    assert (options["starts"], options["seed"], options["margin"]) == (4, 6, 1e4)


def test_a_stopped_search_leaves_no_folder(fails, searches, tmp_path):
    fails("optimize")
    fails("optimize", "--out", "there")
    assert list(tmp_path.iterdir()) == []


def test_a_report_is_not_replaced_unasked(fails, searches, tmp_path):
    (tmp_path / "there").mkdir()
    path = write_design("there/design.json", DESIGN)
    assert "--overwrite" in fails("optimize", "--out", "there")
    assert searches == []
    assert "stopped here" in fails("optimize", "--out", "there", "--overwrite")
    assert path.exists()


def test_out_must_be_a_folder(fails, searches, tmp_path):
    (tmp_path / "file").write_text("")
    assert "file" in fails("optimize", "--out", "file")
    assert searches == []


@pytest.fixture
def promotion():
    """Optax's schedules mix dtypes, which the strict promotion of the tests forbids."""
    with jax.numpy_dtype_promotion("standard"):
        yield


@pytest.mark.slow
@pytest.mark.usefixtures("promotion")
def test_a_search_is_reported_and_its_design_read_again(capsys):
    search = "optimize --detuning -1..4*omega_m --starts 4 --steps 20 --objective left --quiet"
    for out in ("jaxcom-optimum", "jaxcom-optimum-2"):
        assert main(search.split()) == 0
        printed = capsys.readouterr().out
        assert f"{out}/design.json" in printed
        # The maximum of a scan with steps of 10 rad/s.
        found = read_design(f"{out}/design.json").detuning
        assert found == pytest.approx(18_681_190, rel=1e-5)
    assert main(["point", "--design", "jaxcom-optimum/design.json", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert math.isclose(told["directions"]["left"]["log_negativity"], 0.1476, rel_tol=1e-3)


@pytest.mark.slow
@pytest.mark.usefixtures("promotion")
def test_a_search_that_finds_nothing_says_so(capsys, tmp_path):
    search = "optimize --detuning=-2..-1.5*omega_m --power 1..2 --starts 2 --steps 2"
    assert main(search.split()) == 1
    assert "no start found a stable design" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []
