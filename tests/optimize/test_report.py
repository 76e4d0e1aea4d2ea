"""The report of a search: its files, its text and its figures."""

import csv
import dataclasses
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxcom as jc
from jaxcom.io.design_file import read_design
from jaxcom.taper import Taper, maximal_spin
from optimize import Box, Log, constraints, objectives
from optimize.constraints import AtMost, Equal
from optimize.maximize import build_problem
from optimize.problem_file.study import study_from_settings
from optimize.report import (
    convergence_figure,
    sensitivities_figure,
    slices_figure,
    write_report,
)
from optimize.report.folder import FILES
from optimize.report.landscape import across, along, landscape
from optimize.report.peak import principal_directions
from optimize.report.slices import NO_VALUE
from optimize.report.text import report_text
from optimize.results.certificate import Certificate
from optimize.results.optimum import Optimum, SearchStatus, Side
from optimize.search.history import History
from optimize.search.tables import LARGE_BLOCK
from optimize.verification import Verified

NAN = float("nan")
ROUNDS = [
    np.array([[np.nan, np.nan], [0.1, np.nan], [0.2, -0.3]]),
    np.array([[np.nan, 0.15], [0.1, 0.25], [0.2, np.nan]]),
]
STUDY = study_from_settings(
    {"title": "A title", "question": "Which?", "device": {"spin": [0.0, 1.0]}}
)
BOX = Box(detuning=(-63e6, 126e6), optical_quality=Log(1e6, 3.2e7), spin=(0.0, 10e3))
UNIT = np.array([0.5, 1.0, 0.8])  # detuning of 31.5e6, optical quality on its bound, spin of 8e3


def hill(resonator):
    """A parabola in the detuning, times 1 + spin, and NaN below -31.5e6 rad/s."""
    x = resonator.detuning / 63e6
    value = (1 - (x - 0.5) ** 2) * (1 + resonator.spin / 1e4) * resonator.optical_quality / 3.2e7
    return jnp.where(x > -0.5, value, jnp.nan)


HILL = objectives.FromFunction(hill, directions=())
PROOF = Certificate(
    residual=1e-12,
    violation=0.0,
    curvatures=np.array([-32.4, 0.0]),
    directions=np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]),
    shadow_prices={"spin <= 8000 rad/s": 0.8},
    disagreement=NAN,
    reached=2,
    starts=4,
    agreeing=1,
    polished=2,
)


def optimum(
    box=BOX, unit=UNIT, value=1.8, proof: Certificate | None = PROOF, rounds=ROUNDS, limits=None
) -> Optimum:
    limits = [AtMost("spin", 8e3)] if limits is None else limits
    problem = build_problem(HILL, jc.SpinningResonator(), box, constraints=limits, margin=1e3)
    side = Side(value, Verified(value, value, 5e6, 1e9))
    return Optimum(
        design=jc.SpinningResonator(detuning=31.5e6),
        value=value,
        verified_value=value,
        status=SearchStatus.CONVERGED if proof else SearchStatus.NOTHING_FEASIBLE,
        certificate=proof,
        start=jc.SpinningResonator(),
        start_value=NAN,
        left=side,
        right=Side(NAN, Verified(NAN, NAN, -2.0, 1e9)),
        gradient=dict.fromkeys(box.names, 0.0) | {"optical_quality": 1.8 / 3.2e7},
        active={"optical_quality": "upper"} if "optical_quality" in box.names else {},
        problem=problem,
        unit=unit,
        history=History(rounds),
        seed=7,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report") / "deep" / "er"
    folder.mkdir(parents=True)
    (folder / "notes.txt").write_text("mine")
    (folder / "robustness.png").write_text("of an earlier search")
    written = write_report(optimum(), folder, STUDY)
    assert [path.name for path in written] == [n for n in FILES if (folder / n).exists()]
    return folder


def test_stale_files_are_removed_and_other_files_stay(folder):
    expected = {"notes.txt", *FILES} - {"nominal-design.json", "robustness.png"}
    assert {path.name for path in folder.iterdir()} == expected
    assert list(folder.parent.iterdir()) == [folder]


def test_design_can_be_read_back(folder):
    assert read_design(folder / "design.json").detuning == 31.5e6


def test_design_file_has_a_summary_of_the_search(folder):
    search = json.loads((folder / "design.json").read_text())["search"]
    assert search["status"] == "converged"
    assert search["certificate"]["holds"] is True
    assert search["certificate"]["curvatures"] == [-32.4, 0.0]
    assert search["right"] == {
        "log_negativity": None,
        "verified_log_negativity": None,
        "margin": -2.0,
    }
    assert search["box"]["optical_quality"] == {"low": 1e6, "high": 3.2e7, "scale": "log"}
    assert search["active_bounds"] == {"optical_quality": "upper"}
    assert search["constraints"] == ["spin <= 8000 rad/s"]
    counts = [search[name] for name in ("rounds", "starts", "steps", "seed")]
    assert counts == [2, 2, 3, 7]


def test_history_is_a_table(folder):
    with (folder / "history.csv").open(newline="") as file:
        head, *rows = csv.reader(file)
    assert head == ["round", "step", "best score", "feasible share", "start 0", "start 1"]
    assert rows[0] == ["1", "1", "nan", "0", "nan", "nan"]
    assert rows[2] == ["1", "3", "0.2", "1", "0.2", "-0.3"]
    assert rows[4] == ["2", "2", "0.25", "1", "0.1", "0.25"]


def test_figures_are_images(folder):
    for name in [name for name in FILES if name.endswith(".png") and name != "robustness.png"]:
        assert (folder / name).read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "line",
    [
        "# A title",
        "Which?",
        "**hill = 1.8**, converged. 2 of 4 starts came within 1 %.",
        "`detuning` | 3.15e+07 | rad/s | -6.3e+07 .. 1.26e+08 |",
        "| optical quality factor, `optical_quality` | 3.2e+07 |  | 1e+06 .. 3.2e+07 | upper |",
        "| E_N(right) | nan | nan |  |",
        "| curvatures in the free directions, box = 1 | -32.4, 0 |",
        "The first- and second-order conditions of a local maximum hold",
        "| spin <= 8000 rad/s | 0 | 8000 | active | 0.8 |",
        "per unit by which the residual may fall below 0",
        "jaxcom optimize problem.toml",
        "![The objective through the optimum, over pairs of free fields](slices.png)",
    ],
)
def test_report_contains(folder, line):
    assert line in (folder / "report.md").read_text()


def test_links_of_the_report_are_files_of_the_report(folder):
    links = [part.partition(")")[0] for part in (folder / "report.md").read_text().split("](")[1:]]
    assert links
    assert all((folder / link).exists() for link in links)


def printed_constraints(best: Optimum) -> dict[str, tuple[float, float | None]]:
    """Residual and scale of each constraint, read from the text of the report."""
    _, _, section = report_text(best, None, None, []).partition("## Constraints")
    rows = [line.split("|")[1:4] for line in section.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in row] for row in rows[2:]]
    return {name: (float(r), float(s) if s else None) for name, r, s in cells}


def test_residuals_follow_from_the_printed_scales():
    """(value - bound) / scale, and the same with squares for margins, at six printed digits."""
    limits = [
        constraints.Stable(1e6, (jc.RIGHT,)),
        AtMost("power", 10e-3),
        constraints.BelowSpinLimit(share=0.3),
        constraints.SingleValued((jc.LEFT,)),
        Equal("detuning", 0.0, scale=5e6),
    ]
    device = jc.SpinningResonator(optical_quality=3.2e7)
    box = Box(detuning=(0.0, 126e6), spin=(0.0, 10e3))
    problem = build_problem(
        objectives.OneWay(jc.LEFT), device, box, constraints=limits, margin=500.0
    )
    unit = np.array([0.6, 0.5])
    design = problem.design(jnp.asarray(unit))
    best = dataclasses.replace(optimum(), problem=problem, unit=unit, design=design, active={})
    rows = printed_constraints(dataclasses.replace(best, certificate=None))
    left, right = (float(jc.steady_state(design, side).margin) for side in (jc.LEFT, jc.RIGHT))
    limit = 0.3 * maximal_spin(Taper(), design)
    expected = {
        "margin(left)": lambda scale: (left - 500.0) / scale,
        "margin(right) >= 1e+06 rad/s": lambda scale: (right - 1e6) / scale,
        "power <= 0.01 W": lambda scale: (10e-3 - design.power) / scale,
        "Omega <= 0.3 Omega_max": lambda scale: (limit - design.spin) / scale,
        "detuning = 0 rad/s": lambda scale: design.detuning / scale,
    }
    without_scale = [name for name, (_, scale) in rows.items() if scale is None]
    assert without_scale == [f"one mean field (left) ({k} of 2)" for k in (1, 2)]
    assert rows.keys() - without_scale == expected.keys()
    for name in expected:
        residual, scale = rows[name]
        assert residual == pytest.approx(float(expected[name](scale)), rel=2e-5), name


def test_steps_that_cost_one_percent():
    """Along the parabola 1 - 9 (u - 1/2)^2, and from the bound of Q = 1e6 * 32^u, where f ~ Q."""
    peak, ridge, bound = principal_directions(optimum())
    start = hill(optimum().problem.design(jnp.asarray(UNIT)))
    moved = hill(optimum().problem.design(jnp.asarray(UNIT) + jnp.array([peak.width, 0.0, 0.0])))
    np.testing.assert_allclose(1 - moved / start, 0.01, rtol=1e-12)  # exact for a parabola
    assert peak.changes["detuning"] == pytest.approx(peak.width * 189e6)
    assert (ridge.kind, ridge.width) == ("ridge", np.inf)
    assert bound.kind == "optical_quality from its upper bound"
    assert bound.width == pytest.approx(0.01 / np.log(32))
    assert bound.changes["optical_quality"] == pytest.approx(-0.01 * 3.2e7)


def test_the_landscape_is_the_objective_and_its_stability():
    """For more points than a block, in an array of any shape."""
    problem = optimum().problem
    units = np.random.default_rng(0).random((3, LARGE_BLOCK // 2, 3))
    land = landscape(problem, units)
    designs = jax.vmap(problem.design)(jnp.asarray(units[2]))
    # Rounding of terms of order 1.
    np.testing.assert_allclose(land.value[2], jax.vmap(hill)(designs), rtol=1e-13, atol=1e-15)
    for k, side in enumerate((jc.LEFT, jc.RIGHT)):
        stable = np.isfinite(jc.entanglement(designs, side))
        np.testing.assert_array_equal(land.stable[2, :, k], stable)
    assert np.any(land.stable[..., 0] != land.stable[..., 1])
    np.testing.assert_allclose(land.inequalities[2, :, 0], 1 - designs.spin / 8e3, atol=1e-12)


def test_lines_and_planes_go_through_the_point():
    line = np.array([0.0, 0.5])
    np.testing.assert_array_equal(along(UNIT, 2, line), [[0.5, 1.0, 0.0], [0.5, 1.0, 0.5]])
    plane = across(UNIT, 0, 2, line, np.array([0.1, 0.2, 0.8]))
    assert plane.shape == (2, 3, 3)
    np.testing.assert_array_equal(plane[1, 2], UNIT)


def test_every_start_is_drawn():
    above, below = convergence_figure(optimum()).axes
    drawn = [line.get_ydata() for line in above.get_lines()]
    np.testing.assert_array_equal(drawn[0], ROUNDS[0][:, 0])
    so_far = next(line for line in above.get_lines() if line.get_label() == "best so far")
    np.testing.assert_array_equal(so_far.get_ydata(), [np.nan, 0.1, 0.2, 0.2, 0.25, 0.25])
    np.testing.assert_array_equal(below.get_lines()[0].get_ydata(), [0, 0.5, 1.0, 0.5, 1.0, 0.5])


def test_slices_are_hatched_where_the_objective_is_undefined():
    figure = slices_figure(optimum())
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels[0] == "optimum, 1.8"
    assert {NO_VALUE[0], "a constraint fails", "both unstable"} <= set(labels)
    assert len(figure.axes) == 4  # three pairs and the colors
    star = figure.axes[0].get_lines()[0]
    assert star.get_xdata() == pytest.approx([3.2e7])
    assert star.get_ydata() == pytest.approx([0.5])  # in omega_m


def test_a_slice_of_one_field_is_a_line():
    one = Box(detuning=(-63e6, 126e6))
    figure = slices_figure(optimum(one, np.array([0.5]), 1.8, limits=[Equal("detuning", 0.0)]))
    (axes,) = figure.axes
    line = axes.get_lines()[0]
    x, y = np.asarray(line.get_xdata()), np.asarray(line.get_ydata())
    assert x[np.nanargmax(y)] == pytest.approx(0.5)
    assert np.isnan(y[x < -0.51]).all()


def test_sensitivities_are_relative_to_the_optimum():
    whole, near = sensitivities_figure(optimum()).axes
    for axes in (whole, near):
        lines = [line for line in axes.get_lines() if len(np.atleast_1d(line.get_xdata())) > 2]
        heights = [np.asarray(line.get_ydata()) for line in lines]
        assert len(heights) == 6  # each field twice: pale, and where the constraint holds
        assert np.nanmax(heights[0]) == pytest.approx(1.0)
        assert np.nanmax(heights[4]) > 1.0  # more spin would be better, but is
        assert np.nanmax(heights[5]) == pytest.approx(1.0)  # not allowed


def test_a_search_that_found_nothing_is_reported(tmp_path):
    nothing = optimum(value=NAN, proof=None, rounds=[np.full((3, 2), np.nan)])
    names = [path.name for path in write_report(nothing, tmp_path)]
    assert not {"slices.png", "problem.toml"} & set(names)
    assert json.loads((tmp_path / "design.json").read_text())["search"]["value"] is None
