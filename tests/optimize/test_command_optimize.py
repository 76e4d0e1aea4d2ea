"""Command `jaxcom optimize`: its problem, its folder, and resuming after an interruption."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import jax
import numpy as np
import pytest

import jaxcom as jc
from jaxcom.cli import main
from jaxcom.io.design_file import read_design, write_design
from optimize import objectives
from optimize.command import command
from optimize.command.checkpoint_folder import CheckpointFolder, unfinished_problem
from optimize.problem_file import packaged_problems
from optimize.problem_file.constraints import KINDS
from optimize.problem_file.robust import MEASURES

DESIGN = jc.SpinningResonator(spin=11e3, power=7e-3, temperature=0.3)

pytestmark = pytest.mark.usefixtures("elsewhere")


@pytest.fixture
def searches(monkeypatch):
    """Record the arguments of searches without running them."""
    calls = []

    def stand_in(objective, resonator, box, **options):
        calls.append((objective, resonator, box, options))
        raise OSError("stopped here")

    monkeypatch.setattr(command, "maximize", stand_in)
    return calls


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--objective", "beauty"], "invalid choice"),
        (["--starts", "0"], "must be an integer of at least 1, but is `0`"),
        (["--seed", "-1"], "must be an integer of at least 0, but is `-1`"),
        (["--spin", "3..1"], "low < high"),
        (["--spin", "log:0..1"], "above 0 for Log"),
        (["--spin", "log:3"], "log:LOW..HIGH"),
        (["--margin", "-1"], "`margin` must be finite and at least 0"),
        (["--omega-m", "1e6..2e6", "--detuning", "1*omega_m"], "which varies; give a number"),
        (["--spin=1", "--power=1", "--detuning=1"], "free at least one field"),
        (["nonreciprocty"], "did you mean `nonreciprocity`"),
        (["nonreciprocity", "--config", "f.toml"], "both name a problem file; give only one"),
        (["--resume"], "`--resume` requires `--out`"),
        (["--resume", "--out", "there"], "there holds no unfinished search"),
        (["--resume", "--overwrite", "--out", "there"], "exclude each other"),
    ],
)
def test_errors_are_one_line(fails, argv, message):
    assert message in fails("optimize", *argv)


def test_errors_of_a_problem_name_its_file(fails, tmp_path):
    (tmp_path / "f.toml").write_text("[search]\nstrats = 3")
    message = "f.toml: [search]: unknown key `strats`: did you mean `starts`?"
    assert message in fails("optimize", "f.toml")
    assert message in fails("optimize", "--config", "f.toml")


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


def test_flags_win_over_the_file_and_the_file_over_the_design(fails, searches, tmp_path):
    write_design("design.json", DESIGN)
    (tmp_path / "f.toml").write_text(
        "[device]\nspin = [0, 30e3]\ndetuning = '-1..4*omega_m'\npower = 5e-3\n"
        "[search]\nobjective = 'left'\nstarts = 4\nseed = 5\nmargin = 1e4\nout = 'there'\n"
        "[[constraints]]\nkind = 'equal-photons'\n"
    )
    for argv in (["f.toml"], ["--config", "f.toml"]):
        fails("optimize", *argv, "--spin", "9e3", "--seed", "6", "--design", "design.json")
    assert [call[0].name for call in searches] == ["E_N(left)"] * 2
    _, resonator, box, options = searches[0]
    assert box.names == ("detuning",)
    assert (resonator.spin, resonator.power, resonator.temperature) == (9e3, 5e-3, 0.3)
    assert (options["starts"], options["seed"], options["margin"]) == (4, 6, 1e4)
    assert [c.name for c in options["constraints"]] == ["N(left) = N(right)"]
    assert options["checkpoint"].path == Path("there/unfinished")


def test_tolerances_ask_for_both_designs(fails, monkeypatch, tmp_path):
    calls = []

    def stand_in(objective, resonator, box, tolerances, measure, **options):
        calls.append((measure, tolerances, options))
        raise OSError("stopped here")

    monkeypatch.setattr(command, "robust_design", stand_in)
    (tmp_path / "f.toml").write_text("[tolerances]\nspin='2 %'\n[robust]\nfresh_samples=100\n")
    assert "stopped here" in fails("optimize", "f.toml", "--rounds", "1")
    ((measure, tolerances, options),) = calls
    assert measure.label("E_N") == "mean of E_N"
    assert tolerances.names == ("spin",)
    assert (options["fresh_samples"], options["samples"], options["rounds"]) == (100, 256, 1)


def test_a_packaged_problem_goes_by_its_name(fails, searches):
    fails("optimize", "nonreciprocity")
    ((_, resonator, _, _),) = searches
    assert resonator.backscattering == resonator.kappa


def test_packaged_problems_are_listed(capsys):
    assert main(["optimize", "--list"]) == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in packaged_problems())


def test_help_tells_every_kind_and_measure(capsys):
    with pytest.raises(SystemExit):
        main(["optimize", "--help"])
    printed = capsys.readouterr().out
    assert all(word in printed for word in (*KINDS, *MEASURES))


def test_a_stopped_search_leaves_no_folder(fails, searches, tmp_path):
    fails("optimize")
    fails("optimize", "--out", "there")
    assert list(tmp_path.iterdir()) == []


def test_a_report_is_not_replaced_unasked(fails, searches):
    Path("there").mkdir()
    path = write_design("there/design.json", DESIGN)
    assert "--overwrite" in fails("optimize", "--out", "there")
    assert searches == []
    assert "stopped here" in fails("optimize", "--out", "there", "--overwrite")
    assert path.exists()


def test_out_must_be_a_folder(fails, searches, tmp_path):
    (tmp_path / "file").write_text("")
    assert "file" in fails("optimize", "--out", "file")
    assert searches == []


def test_a_fault_of_the_program_is_not_blamed_on_the_user(monkeypatch):
    def faulty(*_, **__):
        raise TypeError("a fault")

    monkeypatch.setattr(command, "maximize", faulty)
    with pytest.raises(TypeError, match="a fault"):
        main(["optimize"])


def hill(resonator):
    return 1 - (resonator.detuning / 63e6 - 0.3) ** 2


class TestInterruption:
    """The objective is a parabola, which compiles quickly."""

    SEARCH = "--objective hill --detuning=-1..4*omega_m --steps 75 --starts 4 --polish 1 --quiet"

    @pytest.fixture(autouse=True)
    def quick(self, monkeypatch):
        """A cheap objective, a cheap report, and a checkpoint after every block of steps."""

        def write_report(best, folder, study):
            write_design(folder / "design.json", best.design, value=best.value)
            np.save(folder / "history.npy", best.history.scores)
            return []

        monkeypatch.setitem(objectives.NAMED, "hill", objectives.FromFunction(hill, directions=()))
        monkeypatch.setattr(command, "write_report", write_report)
        monkeypatch.setattr(command, "CHECKPOINT_SECONDS", 0.0)

    @pytest.fixture
    def saves(self, monkeypatch):
        """Count the saves of checkpoints, and interrupt the run after `most` of them."""
        save, count = CheckpointFolder.save, {"done": 0, "most": 10**6}

        def interrupted(self, state, fingerprint, **options):
            save(self, state, fingerprint, **options)
            count["done"] += 1
            if count["done"] == count["most"]:
                raise KeyboardInterrupt

        monkeypatch.setattr(CheckpointFolder, "save", interrupted)
        return count

    def test_ends_with_the_same_result(self, saves, fails, capsys):
        search = self.SEARCH.split()
        assert main(["optimize", *search, "--out", "whole"]) == 0
        every, saves["done"], saves["most"] = saves["done"], 0, 2
        assert main(["optimize", *search, "--out", "cut"]) == 130
        assert not Path("cut/design.json").exists()
        assert capsys.readouterr().err == (
            "jaxcom: interrupted: the checkpoint keeps 50 of at most 225 steps; "
            "continue with: jaxcom optimize --resume --out cut --quiet\n"
        )
        assert "holds an unfinished search" in fails("optimize", *search, "--out", "cut")
        other = [*search, "--seed", "1", "--out", "cut", "--resume"]
        assert "is another problem" in fails("optimize", *other)
        self.damage_is_named(fails)
        saves["done"], saves["most"] = 0, 10**6
        assert main(["optimize", "--out", "cut", "--resume", "--quiet"]) == 0
        assert saves["done"] == every - 2 > 0  # resumed, not started again
        for name in ("design.json", "history.npy"):
            assert Path("cut", name).read_bytes() == Path("whole", name).read_bytes()
        assert unfinished_problem(Path("cut")) is None

    def damage_is_named(self, fails):
        """A damaged checkpoint is refused, and left for the user to see."""
        (path,) = Path("cut/unfinished").glob("*.npz")
        content = path.read_bytes()
        path.write_bytes(content[:500] + b"x" + content[501:])
        error = fails("optimize", "--out", "cut", "--resume", "--quiet")
        assert f"{path} is not a checkpoint of a search: it is damaged" in error
        assert "--overwrite starts the search again" in error
        path.write_bytes(content)

    def test_may_be_given_up(self, saves):
        search = [*self.SEARCH.split(), "--out", "cut"]
        saves["most"] = 1
        assert main(["optimize", *search]) == 130
        saves["done"], saves["most"] = 0, 10**6
        assert main(["optimize", *search, "--seed", "1", "--overwrite"]) == 0
        assert not Path("cut/unfinished").exists()


@pytest.fixture
def promotion():
    """Optax's schedules mix dtypes, which the strict promotion of the tests forbids."""
    with jax.numpy_dtype_promotion("standard"):
        yield


@pytest.mark.slow
@pytest.mark.usefixtures("promotion")
def test_a_killed_search_ends_with_the_same_report(capsys):
    plan = ["--starts", "16", "--steps", "2000", "--polish", "1", "--quiet"]
    search = ["optimize", "--objective", "left", "--detuning=-1..4*omega_m", *plan]
    assert main([*search, "--out", "whole"]) == 0
    program = (
        "from jaxcom.cli import main\nfrom optimize.command import command\n"
        "command.CHECKPOINT_SECONDS = 0.0\n"
        f"main({[*search, '--out', 'cut']!r})"
    )
    run = subprocess.Popen([sys.executable, "-c", program], env=dict(os.environ))
    found = None
    while found is None and run.poll() is None:
        found = next(Path("cut/unfinished").glob("*.npz"), None)
        time.sleep(0.005)
    run.send_signal(signal.SIGKILL)
    assert run.wait() == -signal.SIGKILL
    assert found is not None
    with np.load(found) as file:
        done = max(len(file[name]) for name in file.files if file[name].ndim == 2)
    assert 0 < done < 2000  # in the climb
    assert main(["optimize", "--resume", "--out", "cut", "--quiet"]) == 0
    names = sorted(path.name for path in Path("whole").iterdir())
    assert names == sorted(path.name for path in Path("cut").iterdir())
    for name in names:
        assert Path("cut", name).read_bytes() == Path("whole", name).read_bytes(), name
    capsys.readouterr()


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
    result = json.loads(capsys.readouterr().out)
    assert result["directions"]["left"]["log_negativity"] == pytest.approx(0.1476, rel=1e-3)
    assert main(["optimize", "jaxcom-optimum/problem.toml", "--out", "again", "--quiet"]) == 0
    for name in ("design.json", "history.csv", "problem.toml"):
        assert Path("again", name).read_bytes() == Path("jaxcom-optimum", name).read_bytes()


@pytest.mark.slow
@pytest.mark.usefixtures("promotion")
def test_a_search_that_finds_nothing_says_so(capsys, tmp_path):
    search = "optimize --detuning=-2..-1.5*omega_m --power 1..2 --starts 2 --steps 2"
    assert main(search.split()) == 1
    assert "no start found a design that is stable" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []
