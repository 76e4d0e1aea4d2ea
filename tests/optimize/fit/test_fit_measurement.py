"""Measurements: accepted arguments, files, simulation."""

import numpy as np
import pytest
from references import baselines

import jaxcom as jc
from optimize.fit import Measurement, quantities, read_measurement, simulate, write_measurement

DEVICE = jc.SpinningResonator()
DETUNINGS = np.linspace(20e6, 60e6, 5)


@pytest.mark.parametrize("direction", [jc.RIGHT, -1, "right"])
def test_one_error_for_all_points(direction):
    points = Measurement(DETUNINGS, np.ones(5), 0.1, direction=direction)
    np.testing.assert_array_equal(points.errors, np.full(5, 0.1))
    assert points.direction is jc.RIGHT


def test_values_are_copied():
    values = np.ones(5)
    points = Measurement(DETUNINGS, values, 0.1)
    values[0] = 7.0
    assert points.values[0] == 1.0


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"values": np.ones(4)}, ValueError, "`values` must be as long as `detunings`, 5"),
        ({"errors": np.ones(6)}, ValueError, "`errors` must be as long as `detunings`, 5"),
        ({"errors": [1, 1, 0, 1, 1]}, ValueError, "`errors` must be above 0, but has an entry 0"),
        ({"errors": -0.1}, ValueError, "`errors` must be above 0, but has an entry -0.1"),
        ({"errors": np.inf}, ValueError, "`errors` must be finite, but has an entry inf"),
        ({"values": [1, 1, np.nan, 1, 1]}, ValueError, "`values` must be finite"),
        ({"detunings": []}, ValueError, "`detunings` must be a row of numbers"),
        ({"detunings": 1e6}, ValueError, "`detunings` must be a row of numbers"),
        (
            {"quantity": "photons"},
            TypeError,
            "`quantity` must be a MeasuredQuantity, but is 'photons'",
        ),
        ({"direction": 2}, ValueError, "`direction` must be jaxcom.LEFT .* but is 2"),
    ],
)
def test_bad_input(changes, error, message):
    good = {"detunings": DETUNINGS, "values": np.ones(5), "errors": 0.1}
    with pytest.raises(error, match=message):
        Measurement(**(good | changes))


class TestFiles:
    def test_round_trip(self, tmp_path):
        points = Measurement(
            DETUNINGS / 3, np.pi * DETUNINGS, 0.1, quantities.photons_driven, jc.RIGHT
        )
        path = write_measurement(tmp_path / "right.csv", points)
        again = read_measurement(path, quantities.photons_driven, jc.RIGHT)
        for part in ("detunings", "values", "errors"):
            np.testing.assert_array_equal(getattr(again, part), getattr(points, part))
        assert again.name == "photons, light from the right"

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("detuning,value\n1,2\n", "bad.csv is no measurement: it has no column 'error'"),
            ("", "bad.csv is no measurement: it has no column 'detuning'"),
            ("detuning,value,error,value\n1,2,3,4\n", "has the column 'value' more than once"),
            ("detuning,value,error\n1,2,3,4\n", "a line has 4 entries, but there are 3 columns"),
            (f"detuning,value,error\n{'1' * 200_000},2,3\n", "field larger than field limit"),
            ("detuning,value,error\n1,two,3\n", "bad.csv is no measurement: .*'two'"),
            ("detuning,value,error\n1,2\n", "a line has 2 entries, but there are 3 columns"),
            ("detuning,value,error\n", "bad.csv is no measurement: .*`detunings`"),
            ("detuning,value,error\n1,2,-3\n", "bad.csv is no measurement: .*above 0"),
        ],
    )
    def test_bad_files(self, tmp_path, text, message):
        path = tmp_path / "bad.csv"
        path.write_text(text)
        with pytest.raises(ValueError, match=message):
            read_measurement(path)

    def test_spreadsheets_mark_their_files_and_leave_lines_empty(self, tmp_path):
        path = tmp_path / "left.csv"
        path.write_text("\ufeffdetuning,note,value,error\r\n\r\n1,a,2,3\r\n\r\n", "utf-8")
        found = read_measurement(path)
        assert (found.detunings, found.values, found.errors) == ([1.0], [2.0], [3.0])


class TestSimulated:
    @pytest.mark.parametrize("direction", [jc.LEFT, jc.RIGHT])
    def test_without_noise_it_is_the_model(self, direction):
        """Against SciPy, whose eigenvalues and Lyapunov solver are accurate to about 1e-12."""
        detunings = np.linspace(75e6, 130e6, 5)
        f = baselines.fields(DEVICE.replace(detuning=detunings), direction)
        points = simulate(DEVICE, detunings, 0.1, direction=direction)
        np.testing.assert_allclose(points.values, baselines.from_design_scipy(f), atol=1e-10)

    def test_photons_agree_with_the_couplings(self):
        """|G_j|^2 = 2 G_0^2 |alpha_j|^2, with the G_j of SciPy's drift matrix."""
        device = DEVICE.replace(detuning=DETUNINGS, backscattering=20e6)
        f = baselines.fields(device, jc.LEFT)
        roots = [np.roots(row) for row in baselines.quintic(f)]
        A, _ = baselines.drift(f, baselines.lowest_real(np.array(roots)))
        G_0 = DEVICE.coupling / DEVICE.omega_m
        expected = [
            (A[:, i, 4] ** 2 + A[:, i + 1, 4] ** 2) / (2 * G_0**2) for i in (0, 2)
        ]  # driven, reflected
        seen = [
            simulate(device, DETUNINGS, 1.0, quantity).values
            for quantity in (quantities.photons_driven, quantities.photons_reflected)
        ]
        np.testing.assert_allclose(seen, expected, rtol=1e-9)  # accuracy of np.roots
        total = simulate(device, DETUNINGS, 1.0, quantities.photons_total).values
        np.testing.assert_allclose(total, np.sum(expected, axis=0), rtol=1e-9)

    def test_noise_has_the_stated_errors(self):
        """5 x 400 draws determine the standard deviation to 1.6 %, a third of the tolerance."""
        noise, exact = np.random.default_rng(0), simulate(DEVICE, DETUNINGS, 0.002).values
        draws = [simulate(DEVICE, DETUNINGS, 0.002, noise=noise).values for _ in range(400)]
        assert np.std(np.array(draws) - exact) == pytest.approx(0.002, rel=0.05)

    @pytest.mark.parametrize("quantity", [quantities.log_negativity, quantities.photons_driven])
    def test_no_measurement_without_a_steady_state(self, quantity):
        with pytest.raises(ValueError, match="steady state, but there is none at -3e\\+07 rad/s"):
            simulate(DEVICE, [-30e6, *DETUNINGS[1:]], 0.1, quantity)
