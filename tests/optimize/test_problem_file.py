"""Problem files: reading, errors that name the entry, and writing a file that repeats a search."""

import tomllib

import pytest

import jaxcom as jc
from optimize import Linear, Log
from optimize.constraints import BelowSpinLimit, SingleValued, Stable
from optimize.problem_file import packaged_problems, read_study
from optimize.problem_file.packaged import problem_path
from optimize.problem_file.study import study_from_settings
from optimize.problem_file.toml import read_settings, write_settings
from optimize.robustness import Mean, Normal, Quantile, Relative, Uniform, WorstCase, YieldAbove

OMEGA_M = 63e6
DEVICE = jc.SpinningResonator()

FILE = """
title = "A title"
question = "Which?"

[device]
backscattering = "0.5*kappa"
spin = [0, 30e3]
detuning = "-1..4*omega_m"
optical-quality = 2e7
temperature = "log:1e-2..1"

[search]
objective = "prefer-right"
starts = 5
rounds = 1
margin = "1e-3*omega_m"

[[constraints]]
kind = "at-least"
of = "right"
bound = 0.1

[[constraints]]
kind = "at-most"
of = "spin"
bound = 2e4
scale = 1e3

[[constraints]]
kind = "stable"
margin = "0.01*omega_m"
light = "left"

[[constraints]]
kind = "spin-limit"
share = 0.5
viscosity = 2e-5

[[constraints]]
kind = "single-valued"

[[constraints]]
kind = "equal-photons"

[tolerances]
power = "2 %"
detuning = "uniform 0.01*omega_m"
mass = 1e-13
spin = "normal 50"

[robust]
measure = "quantile"
level = 0.1
samples = 64
"""


@pytest.fixture(scope="module")
def study():
    return study_from_settings(_settings(FILE))


def _settings(text: str):
    return tomllib.loads(text.replace("optical-quality", "optical_quality"))


def test_device_and_box(study):
    assert study.resonator.optical_quality == 2e7
    assert study.resonator.backscattering == pytest.approx(0.5 * study.resonator.kappa)
    assert study.box.names == ("detuning", "spin", "temperature")
    assert study.box.intervals["detuning"] == Linear(-OMEGA_M, 4 * OMEGA_M)
    assert study.box.intervals["temperature"] == Log(1e-2, 1.0)


def test_search(study):
    assert (study.title, study.question) == ("A title", "Which?")
    assert study.objective.name == "E_N(right) - E_N(left)"
    assert study.margin == pytest.approx(63e3)
    assert (study.options["starts"], study.options["rounds"], study.options["seed"]) == (5, 1, 0)


def test_constraints(study):
    floor, spin, margin, limit, single, photons = study.constraints
    assert floor.name == "E_N(right) >= 0.1"
    assert spin.residuals(DEVICE.replace(spin=19e3)) == pytest.approx([1.0])
    assert isinstance(margin, Stable)
    assert (margin.rate, margin.directions) == (pytest.approx(0.01 * OMEGA_M), (jc.LEFT,))
    assert isinstance(limit, BelowSpinLimit)
    assert (limit.share, limit.taper.viscosity, limit.taper.separation) == (0.5, 2e-5, 250e-9)
    assert isinstance(single, SingleValued)
    assert single.directions == (jc.LEFT, jc.RIGHT)
    assert photons.equality


def test_tolerances(study):
    assert study.robustness.tolerances.distributions == {
        "power": Relative(Normal(0.02)),
        "detuning": Uniform(0.01 * OMEGA_M),
        "mass": Normal(1e-13),
        "spin": Normal(50.0),
    }
    assert study.robustness.measure == Quantile(0.1)
    assert (study.robustness.samples, study.robustness.fresh_samples) == (64, 2**17)


@pytest.mark.parametrize(
    ("robust", "measure"),
    [
        ("", Mean()),
        ("measure = 'worst-case'", WorstCase()),
        ("measure = 'yield'\nthreshold = 0.1", YieldAbove(0.1)),
    ],
)
def test_measures(robust, measure):
    study = study_from_settings(tomllib.loads(f"[tolerances]\nspin = '1 %'\n[robust]\n{robust}"))
    assert study.robustness.measure == measure


def test_a_study_is_repeated_from_what_it_writes(study, tmp_path):
    (tmp_path / "problem.toml").write_text(write_settings(study.settings))
    again = read_study(tmp_path / "problem.toml")
    assert again.settings == study.settings
    assert again.resonator == study.resonator
    assert again.box == study.box
    assert again.robustness == study.robustness
    assert [c.name for c in again.constraints] == [c.name for c in study.constraints]


def test_nothing_is_left_to_defaults():
    settings = study_from_settings({"device": {"spin": 1e3}}).settings
    assert settings["design"]["mass"] == 1e-11
    assert settings["device"] == {
        "power": "1e-3..20e-3",
        "detuning": "-1..4*omega_m",
        "spin": 1e3,
    }
    assert settings["search"]["objective"] == "abs_nonreciprocity"


def test_a_written_file_has_one_line_for_each_entry(study):
    lines = write_settings(study.settings).splitlines()
    assert 'spin = "0..30000.0"' in lines
    assert '    { kind = "at-least", of = "right", bound = 0.1 },' in lines
    assert lines.index("[device]") < lines.index("[search]") < lines.index("[tolerances]")


def test_an_earlier_design_is_below_what_the_device_says():
    study = study_from_settings({"design": {"spin": 1.0, "mass": 2e-11}, "device": {"spin": 2.0}})
    assert (study.resonator.spin, study.resonator.mass) == (2.0, 2e-11)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[devise]\nspin = 3", "unknown table `devise`: did you mean `device`"),
        ("spin = 3", "unknown table `spin`"),
        ("title = 3", "`title` must be a string, but is 3"),
        ("device = 3", r"\[device\]: must be a table, but is 3"),
        ("[device]\nspni = 3", r"\[device\]: unknown key `spni`: did you mean `spin`"),
        ("[device]\nspin = true", r"\[device\]: `spin` must be a number, a string"),
        ("[device]\nspin = [1, 2, 3]", r"\[device\]: `spin` must be a number.* a pair"),
        ("[device]\nspin = [2, 1]", r"\[device\]: .*`spin` must have bounds low < high"),
        ("[device]\nspin = '3*omega'", r"`spin` must be .*`3\*omega` is neither"),
        ("[device]\nmass = '3*kappa'", r"`mass` cannot be given as a multiple of kappa"),
        ("[device]\nspin=1\npower=1\ndetuning=1", "free at least one field"),
        ("[design]\nspin = [1, 2]", r"\[design\]: `spin` must be a number, but is"),
        ("[search]\nstrats = 3", r"\[search\]: unknown key `strats`: did you mean `starts`"),
        ("[search]\nstarts = 0", r"`starts` must be an integer of at least 1, but is 0"),
        ("[search]\nseed = 1.5", r"`seed` must be an integer of at least 0, but is 1.5"),
        ("[search]\nobjective = 'lft'", "`objective` must be one of .*did you mean `left`"),
        ("[search]\nmargin = -1", "`margin` must be finite and at least 0, but is -1"),
        (
            "[device]\nomega_m = [1e6, 2e6]\n[search]\nmargin = '1*omega_m'",
            "`margin` is a multiple of omega_m, which varies",
        ),
        ("constraints = 3", r"\[\[constraints\]\]: must be a list"),
        ("[[constraints]]\nof = 'spin'", r"\[\[constraints\]\], number 1: the key `kind`"),
        ("[[constraints]]\nkind = 'atleast'", "`kind` must be .*did you mean `at-least`"),
        ("[[constraints]]\nkind = 'at-least'\nof = 'spin'", "the key `bound` is missing"),
        ("[[constraints]]\nkind = 'equal-photons'\nbound = 1", "unknown key `bound`"),
        (
            "[[constraints]]\nkind='at-most'\nof='spim'\nbound=1",
            "`of` must be a field of the device or an objective.*did you mean `spin`",
        ),
        (
            "[[constraints]]\nkind='at-most'\nof='power'\nbound='1*kappa'",
            "`bound` cannot be given as a multiple of kappa",
        ),
        ("[[constraints]]\nkind='spin-limit'\nshare=2", "`share` must be above 0 and at most 1"),
        ("[[constraints]]\nkind='stable'\nmargin=1\nlight='up'", "`light` must be one of"),
        ("[tolerances]\nspni = 3", r"\[tolerances\]: unknown key `spni`: did you mean"),
        ("[tolerances]\nspin = 'wide'", r"\[tolerances\]: `spin` must be .*'2 %'.* 'wide'"),
        ("[tolerances]\nspin = '-2 %'", "above 0, but is -0.02"),
        ("[tolerances]\nspin = [1]", "`spin` must be a number or a string such as"),
        ("[tolerances]\nspin = '1 %'\n[robust]\nmeasure = 'quantil'", "did you mean `quantile`"),
        (
            "[tolerances]\nspin = '1 %'\n[robust]\nmeasure = 'yield'",
            "`yield` requires the key",
        ),
        ("[tolerances]\nspin = '1 %'\n[robust]\nlevel = 0.1", "`mean` has no key `level`"),
        ("[robust]\nmeasure = 'mean'", r"\[robust\]: requires a table \[tolerances\]"),
    ],
)
def test_errors_name_table_and_key(text, message, tmp_path):
    (tmp_path / "f.toml").write_text(text)
    with pytest.raises(ValueError, match=message) as found:
        read_study(tmp_path / "f.toml")
    assert str(found.value).startswith(f"{tmp_path / 'f.toml'}: ")


def test_tables_of_scans_are_passed_over():
    assert "scan" not in study_from_settings({"axes": {"spin": [1]}, "scan": {}}).settings


def test_a_file_wins_over_a_packaged_problem(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert problem_path("nonreciprocity") == packaged_problems()["nonreciprocity"]
    (tmp_path / "nonreciprocity").write_text("")
    assert problem_path("nonreciprocity").read_text() == ""
    with pytest.raises(FileNotFoundError, match="did you mean `nonreciprocity`"):
        problem_path("nonreciprocty")


@pytest.mark.parametrize("name", packaged_problems())
def test_packaged_problems_are_understood(name):
    study = read_study(name)
    assert study.title
    assert study.question.endswith("?")
    assert read_settings(problem_path(name))["search"]["objective"]
