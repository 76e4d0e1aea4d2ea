"""Data of every panel against SciPy at random points, and the files of a quick run."""

import re
from pathlib import Path

import mpmath as mp
import numpy as np
import pytest
import scipy.optimize
import xarray as xr
from references import baselines, printed_forms

import jaxcom as jc
from jaxcom.paper import PANELS, QUICK, reproduce
from jaxcom.taper import Taper

GALLERY = Path(__file__).parents[2] / "notebooks" / "gallery" / "paper"
TOLERANCE = 1e-8
OMEGA_M = 63e6
FIELDS = list(jc.SpinningResonator.__dataclass_fields__)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Results of `jaxcom reproduce --quick`."""
    path = tmp_path_factory.mktemp("paper")
    reproduce(path, resolution=QUICK, progress=False)
    return path


@pytest.fixture(scope="module")
def data(folder):
    return {name: xr.open_dataset(folder / f"{name}.nc").load() for name in PANELS}


def random_points(array: xr.DataArray, count: int, seed: int = 0) -> list[xr.DataArray]:
    rng = np.random.default_rng(seed)
    return [
        array.isel({dim: int(rng.integers(size)) for dim, size in array.sizes.items()})
        for _ in range(count)
    ]


def design(point: xr.DataArray, **changes) -> jc.SpinningResonator:
    """Design of a point, from its coordinates alone."""
    values = {n: float(point[n]) for n in FIELDS if n in point.coords} | changes
    assert values.keys() == set(FIELDS)
    return jc.SpinningResonator(**values)


def rates_of(resonator, side) -> dict[str, np.ndarray]:
    return {n: v.reshape(1) for n, v in baselines.fields(resonator, side).items()}


def entanglement(resonator, side) -> float:
    return float(baselines.from_design_scipy(rates_of(resonator, side))[0])


def nonreciprocity(resonator, side) -> float:
    return entanglement(resonator, 1) - entanglement(resonator, -1)


def amplitude(resonator, side) -> float:
    """Amplitude |alpha_1|, Eq. (7), with q_s from the companion matrix of the quintic."""
    r, f = resonator, rates_of(resonator, side)
    x = baselines.lowest_real(np.roots(baselines.quintic(f)[0])) * r.omega_m
    c_1, c_2 = (r.kappa + 1j * (r.detuning + s * side * r.sagnac_shift - x) for s in (1, -1))
    return abs(c_2 * r.drive_amplitude / (c_1 * c_2 + r.backscattering**2))


ORACLES = {
    "log_negativity": entanglement,
    "nonreciprocity": nonreciprocity,
    "photons_driven": lambda r, side: amplitude(r, side) ** 2,
    "coupling_driven": lambda r, side: np.sqrt(2) * r.coupling * amplitude(r, side),
}


@pytest.mark.parametrize(
    ("name", "quantity"),
    [
        *((n, "log_negativity") for n in ("2a", "2b", "3a", "3b", "S3a", "S3b", "S3c", "S3d")),
        *((n, "log_negativity") for n in ("S4b", "S4c")),
        *((n, "nonreciprocity") for n in ("S3e", "S3f")),
        ("2c", "photons_driven"),
        *((n, "coupling_driven") for n in ("3c", "3d", "3e")),
    ],
)
def test_designs(data, name, quantity):
    """Values of SciPy, with NaN exactly where eigenvalues by SciPy are unstable."""
    points = random_points(data[name][quantity], 25)
    assert points[0].sizes == {}
    found = [float(point) for point in points]
    expected = [
        ORACLES[quantity](design(p), int(p.direction) if "direction" in p.coords else 0)
        for p in points
    ]
    np.testing.assert_allclose(found, expected, rtol=TOLERANCE, atol=1e-10)
    assert np.isfinite(found).any()


@pytest.mark.parametrize("name", ["2a", "3a", "3b", "S3c", "S3f"])
def test_no_entanglement_where_unstable(data, name):
    array = data[name][{"S3f": "nonreciprocity"}.get(name, "log_negativity")]
    unstable = data[name]["status"] != int(jc.Status.STABLE)
    if name == "S3f":
        unstable = unstable.any("direction")
    assert unstable.any()
    np.testing.assert_array_equal(array.isnull(), unstable.transpose(*array.dims))


def test_sagnac_shift(data):
    for point in random_points(data["1b"]["sagnac_shift"], 10):
        n, R, c = 1.48, 1.1e-3, 299792458.0
        omega_c = 2 * np.pi * c / 1.55e-6
        expected = float(point.spin) * n * R * omega_c / c * (1 - 1 / n**2)
        assert abs(float(point) - int(point.direction) * expected) <= TOLERANCE * expected


def largest(value, low, high):
    """Largest value over the detuning: a grid, then Brent's method around its best point."""
    grid = np.linspace(low, high, 1501)
    values = value(grid)
    best = int(np.nanargmax(values))
    ends = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    found = scipy.optimize.minimize_scalar(
        lambda x: -np.nan_to_num(value(np.array([x]))[0], nan=-1.0),
        bounds=ends, method="bounded", options={"xatol": 1.0},
    )  # fmt: skip
    return max(-found.fun, values[best])


def spectrum(resonator, side):
    return lambda x: baselines.from_design_numpy(
        baselines.fields(resonator.replace(detuning=x), side)
    )


def test_revival_factor(data):
    bounds = (-3 * OMEGA_M, 6 * OMEGA_M)
    ideal = largest(spectrum(jc.SpinningResonator(spin=0.0), 1), *bounds)
    for point in random_points(data["3f"]["revival_factor"], 4):
        value = spectrum(design(point, detuning=OMEGA_M), int(point.direction))
        assert abs(float(point) - largest(value, *bounds) / ideal) < TOLERANCE


def test_largest_abs_nonreciprocity(data):
    """From Q = 1e7 on; below, it is a limit at the edge of stability, beyond Brent's method."""
    array = data["S4a"]["largest_abs_nonreciprocity"].sel(optical_quality=slice(1e7, None))
    for point in random_points(array, 3):
        r = design(point, detuning=OMEGA_M)
        left, right = spectrum(r, 1), spectrum(r, -1)
        best = largest(lambda x, a=left, b=right: np.abs(a(x) - b(x)), -3 * OMEGA_M, 6 * OMEGA_M)
        assert abs(float(point) - best) < TOLERANCE


def exact_taper(point: xr.DataArray):
    """Taper and resonator of a point, in 40 digits."""
    names = {n: f"taper_{n}" if n in ("radius", "refractive_index") else n
             for n in Taper.__dataclass_fields__}  # fmt: skip
    taper = Taper(**{field: float(point[name]) for field, name in names.items()})
    return printed_forms.exact(taper), printed_forms.exact(design(point))


def close(found, expected):
    return abs(float(found) - float(expected)) <= TOLERANCE * abs(float(expected))


def test_taper(data):
    for point in random_points(data["S1a"]["displacement"].isel(spin=slice(1, None)), 3):
        taper, r = exact_taper(point)
        assert close(point, printed_forms.displacement(taper, r))
    for point in random_points(data["S1a"]["strain"].isel(spin=slice(1, None)), 3):
        taper, r = exact_taper(point)
        d = printed_forms.displacement(taper, r)
        assert close(point, printed_forms.strain(taper, d))
    for point in random_points(data["S1b"]["aerodynamic_force"], 3):
        assert close(point, printed_forms.air_force(*exact_taper(point)))
    for point in random_points(data["S1b"]["intermolecular_share"], 3):
        air = printed_forms.air_force(*exact_taper(point))
        assert close(point, abs(surface_force(*exact_taper(point))) / air)
    for point in random_points(data["S1c"]["total_force"], 3):
        pair = exact_taper(point)
        assert close(point, printed_forms.air_force(*pair) + surface_force(*pair))


def surface_force(taper, r):
    """Intermolecular force, S2.6, with the Hamaker constant, S2.7."""
    Ha = printed_forms.hamaker(
        float(r.temperature), float(taper.refractive_index), float(r.refractive_index)
    )
    return printed_forms.intermolecular_force(taper, r, Ha)


def test_displacement_ratio(data):
    array = data["S2a"]["displacement_ratio"]
    for point in random_points(array, 3):
        r = design(point)
        x = baselines.lowest_real(np.roots(baselines.quintic(rates_of(r, int(point.direction)))[0]))
        taper = printed_forms.exact(Taper(viscosity=float(point.viscosity)))
        d = printed_forms.displacement(taper, printed_forms.exact(r))
        by_light = x * r.omega_m / r.coupling * r.zero_point_motion
        assert close(point, by_light / float(d))


@pytest.mark.parametrize(("name", "order"), [("S2b", 5), ("S2c", 6)])
def test_minors(data, name, order):
    """Determinant of the Hurwitz matrix in 40 digits, from the eigenvalues of A by SciPy."""
    logarithms = data[name]["signed_log_minor"].sel(order=order)
    positive = data[name]["minor_is_positive"].sel(order=order)
    for point in random_points(logarithms, 6):
        f = rates_of(design(point), int(point.direction))
        x = baselines.lowest_real(np.roots(baselines.quintic(f)[0]))
        a = [mp.mpf(float(c)) for c in np.poly(baselines.drift(f, np.array([x]))[0][0]).real]
        minor = mp.det(mp.matrix(hurwitz(a, order)))
        scaled = minor * mp.mpf(OMEGA_M) ** (order * (order + 1) // 2)
        assert abs(float(point) / float(mp.sign(scaled) * mp.log(abs(scaled))) - 1) < TOLERANCE
        at = {"spin": float(point.spin), "detuning": float(point.detuning)}
        assert bool(positive.sel(at)) == (minor > 0)


def hurwitz(a, order):
    return [
        [a[2 * row - column] if 0 <= 2 * row - column <= 6 else 0 for column in range(1, order + 1)]
        for row in range(1, order + 1)
    ]


class TestFiles:
    def test_all_files(self, folder):
        expected = {f"{name}.{kind}" for name in PANELS for kind in ("png", "nc")}
        expected |= {"reproduction.md", "contact_sheet.png"}
        assert {path.name for path in folder.iterdir()} == expected

    def test_links_of_the_report(self, folder):
        links = re.findall(r"\]\(([^)]+)\)", (folder / "reproduction.md").read_text())
        assert len(links) == len(PANELS) + 1
        assert all((folder / link).exists() for link in links)

    def test_every_row_of_the_report(self, folder):
        text = (folder / "reproduction.md").read_text()
        rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in text.splitlines() if "e" in line
                and line.startswith("| ") and line.count("|") - line.count(r"\|") == 7]  # fmt: skip
        verdicts = {row[1].strip(): row[5].strip() for row in rows[1:]}
        assert len(verdicts) == 30
        differing = {what for what, verdict in verdicts.items() if verdict.startswith("differs")}
        assert differing == {"G_0", "n_m at 130 mK"}
        assert "nan" not in text

    def test_gallery_has_the_same_numbers(self, folder):
        """The numbers do not depend on the resolution of the panels."""
        reports = GALLERY / "reproduction.md", folder / "reproduction.md"
        kept, new = ([x for x in r.read_text().splitlines() if x.count("|") > 6] for r in reports)
        assert len(kept) > 30
        assert kept == new

    def test_remarks(self, folder):
        """Remarks contain numbers that are known from independent computations."""
        text = (folder / "reproduction.md").read_text()
        for expected in (
            "theta_5 and theta_6 change sign",
            "real part +0.088 omega_m",
            "mu = 3.98e-07 Pa s",
            "1 mean field just below and 3 just above",
            "0.386 Omega_0",
        ):
            assert expected in text
        shares = re.search(r"points \((.*)%\), the printed one at \d+ \((.*)%\)\. Of", text)
        true, printed = map(float, shares.groups())
        assert abs(true - 42.1) < 3  # 2114 and 391 of 5022 points of another sample
        assert abs(printed - 7.8) < 1
