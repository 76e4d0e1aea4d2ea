"""Command `jaxcom scan`: its input, output, files and errors."""

import math

import numpy as np
import pytest
import xarray as xr

import jaxcom as jc
from jaxcom.cli import main
from jaxcom.cli.grids import read_axis

SMALL = ("--axis", "detuning=0..2*omega_m:9")


pytestmark = pytest.mark.usefixtures("elsewhere")


@pytest.fixture
def fails(fails):
    """Run a scan that must fail and return its message."""
    return lambda *argv: fails("scan", *argv).removeprefix("jaxcom: error: ").rstrip("\n")


def test_results_in_every_form(tmp_path, capsys):
    results = ("--store", "s.zarr", "--netcdf", "s.nc", "--csv", "s.csv", "--plot", "s.png")
    request = ("--output", "photons_driven,log_negativity", "--spin", "0", "--branch", "all")
    assert main(["scan", *SMALL, *request, *results]) == 0
    printed = capsys.readouterr().out
    assert [line for line in printed.splitlines() if "written" in line] == [
        f"written: {name}" for name in ("s.zarr", "s.png", "s.nc", "s.csv")
    ]
    stored, exported = xr.open_zarr("s.zarr"), xr.open_dataset("s.nc")
    expected = jc.scan(
        jc.SpinningResonator(spin=0.0),
        {"detuning": jc.Linspace(0.0, 126e6, 9)},
        ("photons_driven", "log_negativity"),
        branch=range(5),
    )
    for found in (stored, exported):
        xr.testing.assert_equal(found[list(expected.data_vars)], expected)
    flags = exported.status.attrs["flag_values"]
    assert flags.dtype == exported.status.dtype == np.int8
    table = np.genfromtxt("s.csv", delimiter=",", names=True)
    assert table.dtype.names == (
        "direction", "branch", "detuning", "status", "photons_driven", "log_negativity",
    )  # fmt: skip
    assert len(table) == 2 * 5 * 9
    np.testing.assert_array_equal(table["photons_driven"], expected.photons_driven.values.ravel())


def test_what_it_prints(capsys):
    assert main(["scan", *SMALL, "--direction", "left", "--fraction", "stable"]) == 0
    assert capsys.readouterr().out == (
        "Scan of a spinning optomechanical resonator over detuning\n"
        "---------------------------------------------------------\n"
        "fraction_stable  1\n"
        "---------------------------------------------------------\n"
    )


def test_a_store_is_resumed():
    assert main(["scan", *SMALL, "--store", "s.zarr", "--quiet"]) == 0
    assert main(["scan", *SMALL, "--store", "s.zarr", "--quiet", "--resume"]) == 0


def test_refusals_name_the_store(fails, capsys):
    assert main(["scan", *SMALL, "--store", "s.zarr"]) == 0
    capsys.readouterr()
    assert fails(*SMALL, "--store", "s.zarr").endswith(
        "/s.zarr: the store exists; `resume=True` (--resume) continues it"
    )
    other = fails(*SMALL, "--store", "s.zarr", "--resume", "--spin", "0")
    assert other.endswith(
        "/s.zarr: the store belongs to another scan: its design spin is 8000.0, not 0.0 as here"
    )


def test_a_file_of_settings(tmp_path, capsys):
    (tmp_path / "scan.toml").write_text(
        '[axes]\nspin = [0, 8e3]\ndetuning = "0..2*omega_m:3"\n'
        '[scan]\noutput = ["photons_driven", "coupling_driven"]\n'
        'store = "s.zarr"\ntop = "photons_driven:2"\n'
        "[device]\npower = 1e-3\n"
    )
    assert main(["scan", "--config", "scan.toml"]) == 0
    data = xr.open_zarr("s.zarr")
    assert data.photons_driven.dims == ("direction", "spin", "detuning")
    assert {"coupling_driven", "top_photons_driven", "status"} <= set(data)
    assert float(data.power) == 1e-3
    assert main(["scan", "--config", "scan.toml", "--store", "t.zarr", "--axis", "spin=1,2"]) == 0
    assert xr.open_zarr("t.zarr").photons_driven.dims == ("direction", "spin")


def test_dry_run_writes_nothing(tmp_path, capsys):
    argv = ["--axis", "spin=0..1:100", "--axis", "power=0..1e-3:1000", "--store", "s.zarr"]
    assert main(["scan", *argv, "--dry-run"]) == 0
    printed = capsys.readouterr().out
    assert "points       100,000\n" in printed
    assert "evaluations  200,000\n" in printed
    assert "disk         1.72 MiB before compression\n" in printed
    assert not list(tmp_path.iterdir())


def test_reductions_from_flags(capsys):
    argv = [
        "--axis", "spin=0,8e3", *SMALL, "--maximum", "log_negativity:detuning,photons_driven",
        "--histogram", "log_negativity=0..0.2:4", "--top", "photons_driven:3", "--store", "s.zarr",
        "--top", "coupling_driven:1",
    ]  # fmt: skip
    assert main(["scan", *argv]) == 0
    data = xr.open_zarr("s.zarr")
    assert data.max_log_negativity_over_detuning.dims == ("direction", "spin")
    assert data.max_photons_driven.dims == ("direction",)
    assert data.histogram_log_negativity.shape == (2, 4)
    assert data.top_photons_driven.shape == (2, 3)
    assert data.top_coupling_driven.shape == (2, 1)
    assert "status" not in data


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("detuning=-1..4:6*omega_m", np.linspace(-63e6, 252e6, 6)),
        ("detuning=-1..4*omega_m:6", np.linspace(-63e6, 252e6, 6)),
        ("detuning=1*omega_m,2e6", [63e6, 2e6]),
        ("backscattering=log:1e6..1e8:3", [1e6, 1e7, 1e8]),
        ("detuning=log:1*omega_m..4*omega_m:3", [63e6, 126e6, 252e6]),
        ("omega-m=1e6", [1e6]),
    ],
)
def test_axes(text, values):
    found = read_axis(text).to_si(jc.SpinningResonator())
    found = found if isinstance(found, list) else found.values()
    np.testing.assert_allclose(found, values, rtol=1e-14)


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--axis", "spin"], "`spin` is not an axis; write NAME=LOW..HIGH:COUNT or NAME=X,X,X"),
        (["--axis", "spon=1"], "`spon` is not a field to scan: did you mean `spin`?"),
        (["--axis", "spin=0..1"], "`spin=0..1` has no number of points"),
        (["--axis", "spin=0..x:3"], "`x` is neither a number nor"),
        (["--axis", "power=1*kappa"], "`power` cannot be given as a multiple of kappa"),
        (["--axis", "spin=1", "--spin", "2"], "`spin` is given twice"),
        (["--axis", "power=-1,1"], "Argument `power` must be finite and at least 0, but is -1."),
        (
            ["--output", "photons_drivn"],
            "Argument `outputs` names `photons_drivn`: did you mean `photons_driven`?",
        ),
        (
            ["--maximum", "photons_drivn"],
            "Argument `of` names `photons_drivn`: did you mean `photons_driven`?",
        ),
        (
            ["--histogram", "photons_driven"],
            "`photons_driven` is not a histogram; write NAME=LOW..HIGH:BINS",
        ),
        (["--top", "photons_driven:x"], "must be an integer of at least 1, but is `x`"),
        (
            ["--histogram", "coupling_driven=0..1*kappa:2"],
            "not multiples of a rate",
        ),
        (["--resume"], "`--resume` requires `--store`"),
        (["--plot", "a.gif"], "`--plot` must end in .png, .pdf, .svg, but is `a.gif`"),
        (["--csv", "no/a.csv"], "`--csv`: the folder no does not exist"),
        (["--distributed", "x"], "`--distributed` must be ADDRESS:PORT,PROCESSES,NUMBER"),
        (["--axis", "spin=0..1:100000", "--axis", "power=0..1:100000"], "must be a path"),
    ],
)
def test_wrong_input_is_one_line(fails, argv, message):
    assert message in fails(*argv)


def test_nothing_to_write_is_an_error(capsys):
    assert main(["scan", *SMALL, "--maximum", "photons_driven", "--csv", "a.csv"]) == 2
    assert "must have an axis, but all axes are reduced" in capsys.readouterr().err


def test_a_range_in_multiples_of_a_rate_that_varies_is_refused(fails):
    for detuning in (SMALL[1], "detuning=0,1*omega_m,2e6"):
        message = fails("--axis", "omega_m=1e6,2e6", "--axis", detuning)
        assert message == "`detuning` is a multiple of omega_m, which varies; give a number"


def test_a_table_is_no_bigger_than_the_points(tmp_path):
    """CSV in parts: the same rows as at once."""
    from jaxcom.scan import export

    data = jc.scan(jc.SpinningResonator(), {"spin": [0.0, 1.0, 2.0], "power": [1e-3, 2e-3]})
    whole = export.write_csv(tmp_path / "whole.csv", data).read_text()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export, "_MAX_ROWS", 1)
        assert export.write_csv(tmp_path / "parts.csv", data).read_text() == whole
    assert whole.count("\n") == 1 + 2 * 3 * 2
    assert math.isclose(float(whole.splitlines()[-1].split(",")[2]), 2e-3)
