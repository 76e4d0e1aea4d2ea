"""Command `jaxcom`, run in-process: output, errors, and the precedence of settings."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import jaxcom as jc
from jaxcom import cli
from jaxcom.cli import COMMANDS, main
from jaxcom.cli.arguments import read_device, read_settings
from jaxcom.cli.exit_codes import MEANINGS, ExitCode
from jaxcom.cli.parser import Parser
from jaxcom.cli.point import _parser as point_parser
from jaxcom.io.design_file import write_design
from jaxcom.io.quantities import Quantity, Range, read_quantity_or_range, with_quantities

DESIGN = jc.SpinningResonator(spin=11e3, power=7e-3, temperature=0.3)


pytestmark = pytest.mark.usefixtures("elsewhere")


def device(*argv: str) -> jc.SpinningResonator:
    """Design that `jaxcom point` would evaluate."""
    return with_quantities(*read_device(read_settings(point_parser(), argv)))


def test_help_and_version(capsys):
    for argv in (["--help"], [], ["point", "--help"], ["optimize", "--help"], ["--version"]):
        with pytest.raises(SystemExit) as left:
            main(argv)
        assert left.value.code == 0
    printed = capsys.readouterr().out
    assert "--optical-quality" in printed
    assert "Flags override --config" in printed
    assert "jaxcom 0." in printed


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_every_help_explains_the_exit_codes(capsys, command):
    with pytest.raises(SystemExit):
        main([*command.split(), "--help"])
    printed = capsys.readouterr().out
    for code, meaning in MEANINGS.items():
        assert f"  {code:<5d}{meaning}\n" in printed
    assert set(MEANINGS) == set(ExitCode)


def test_the_readme_has_the_same_exit_codes():
    readme = Path(__file__).parents[2].joinpath("README.md").read_text("utf-8")
    for code, meaning in MEANINGS.items():
        assert f"| {code:d} | {meaning} |\n" in readme


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGHUP, 129), (signal.SIGINT, 130), (signal.SIGTERM, 143)],
)
def test_a_signal_is_the_exit_code(monkeypatch, capsys, number, code):
    monkeypatch.setattr(cli, "_job", lambda argv: lambda: signal.raise_signal(number))
    assert main(["point"]) == code
    assert capsys.readouterr().err == "jaxcom: interrupted: nothing is kept\n"


def test_a_reader_that_has_ended_is_no_error():
    program = "from jaxcom.cli import command; command()"
    run = subprocess.Popen(
        [sys.executable, "-c", program, "optimize", "--list"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    run.stdout.close()
    with run.stderr:
        assert run.stderr.read() == b""
    assert run.wait() == ExitCode.BROKEN_PIPE


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
    assert read_quantity_or_range(text) == read


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
    ],
)
def test_errors_are_one_line(fails, argv, message):
    assert message in fails(*argv)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[device]\nspni = 3", "unknown key `spni`: did you mean `spin`"),
        ("[scan]\nstroe = 3", "unknown key `stroe`: did you mean `store`"),
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


def test_point_prints_both_directions(capsys):
    assert main(["point", "--detuning", "0.3*omega_m"]) == 0
    printed = capsys.readouterr().out
    assert "light from the left" in printed
    assert "light from the right" in printed
    assert "0.147" in printed


def test_point_as_json_reports_an_unstable_point(capsys):
    assert main(["point", "--detuning", "0.3*omega_m", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    left, right = result["directions"]["left"], result["directions"]["right"]
    expected = jc.steady_state(jc.SpinningResonator(detuning=0.3 * 63e6), jc.LEFT)
    assert result["parameters"]["detuning"] == 0.3 * 63e6
    assert result["derived"]["kappa"] == jc.SpinningResonator().kappa
    assert left["status"] == "stable"
    assert left["log_negativity"] == float(expected.log_negativity)
    assert left["coupling"][0] == [expected.coupling[0].real, expected.coupling[0].imag]
    assert right["status"] == "unstable"
    assert right["log_negativity"] is None
    assert right["margin"] < 0


def test_point_of_one_direction_and_branch(capsys):
    assert main(["point", "--direction", "right", "--branch", "2", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert list(result["directions"]) == ["right"]
    assert result["directions"]["right"]["status"] == "no such branch"


def test_a_parser_knows_the_flags_of_its_groups():
    parser = Parser(prog="demo")
    parser.add_argument("--json")
    parser.add_argument_group("group").add_argument("--spin")
    assert {"--json", "--spin"} <= set(parser.flags)
