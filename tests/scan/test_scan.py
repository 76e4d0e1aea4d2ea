"""Scans in memory: values, names, units and errors."""

import sys

import jax
import numpy as np
import pytest
import xarray as xr

import jaxcom as jc
from jaxcom.scan import reductions
from jaxcom.scan.outputs import OUTPUTS
from jaxcom.scan.plan import _names, plan_scan
from jaxcom.scan.program import _compiled_programs
from jaxcom.xla.fusion import wide_vectors

DEVICE = jc.SpinningResonator()
AXES = {
    "backscattering": jc.Linspace(0, 76e6, 4),
    "spin": [0.0, 8e3, 23e3],
    "detuning": jc.Linspace(-63e6, 252e6, 23),
}
SIDES = (jc.LEFT, jc.RIGHT)


def designs(data: xr.Dataset, device: jc.SpinningResonator = DEVICE) -> jc.SpinningResonator:
    """All designs of a scan, as a batch of its shape."""
    grids = np.meshgrid(*(data[name].values for name in AXES), indexing="ij")
    return device.replace(**dict(zip(AXES, grids, strict=True)))


@pytest.fixture(scope="module")
def everything() -> xr.Dataset:
    """Every output, of a device with several branches, in blocks that extend beyond the grid."""
    return jc.scan(
        DEVICE.replace(power=0.1), AXES, tuple(OUTPUTS), branch=range(3), block_points=50
    )


@pytest.mark.parametrize("side", SIDES, ids=lambda d: d.label)
@pytest.mark.parametrize("branch", range(3))
def test_numbers_are_the_observables(everything, side, branch):
    """Except for rounding: a scan is another XLA program, with other fused operations."""
    device = designs(everything, DEVICE.replace(power=0.1))
    o = jc.observables(device, side, branch=branch)
    here = everything.sel(direction=side, branch=branch)
    np.testing.assert_array_equal(here.status, o.status)
    for name in ("log_negativity", "log_negativity_reflected"):
        np.testing.assert_allclose(here[name], getattr(o, name), rtol=1e-9, atol=1e-12)
    for name in (
        "q_s",
        "photons_driven",
        "photons_reflected",
        "coupling_driven",
        "coupling_reflected",
    ):
        np.testing.assert_allclose(here[name], getattr(o, name), rtol=1e-11)


def test_numbers_are_those_of_steady_state():
    """At random points; the tolerance is that of the closed form (test_observables)."""
    data = jc.scan(DEVICE, AXES, ("log_negativity", "photons_driven"))
    choice = np.random.default_rng(1)
    for _ in range(20):
        place = {name: choice.integers(data.sizes[name]) for name in data.log_negativity.dims}
        point = data.isel(place)
        fields = {name: float(point[name]) for name in AXES}
        state = jc.steady_state(DEVICE.replace(**fields), int(point.direction))
        assert int(point.status) == int(state.status)
        np.testing.assert_allclose(point.log_negativity, state.log_negativity, atol=1e-9)
        np.testing.assert_allclose(point.photons_driven, state.photons[0], rtol=1e-9)


def test_the_strongest_branch(everything):
    r = designs(everything, DEVICE.replace(power=0.1))
    for side in SIDES:
        np.testing.assert_allclose(
            everything.strongest_log_negativity.sel(direction=side),
            jc.strongest_entanglement(r, side),
            atol=1e-12,
        )


def test_differences(everything):
    left, right = (everything.log_negativity.sel(direction=side) for side in SIDES)
    np.testing.assert_array_equal(everything.nonreciprocity, left - right)
    np.testing.assert_array_equal(everything.abs_nonreciprocity, abs(left - right))


def test_gradients_are_those_of_jax():
    names = ("spin", "power")
    data = jc.scan(
        DEVICE, {"detuning": AXES["detuning"]},
        ("log_negativity", "photons_driven", "nonreciprocity"),
        gradients=names, block_points=10,
    )  # fmt: skip
    of_one = jax.vmap(jax.grad(jc.entanglement), in_axes=(_axes("detuning"), None))
    slopes = [of_one(DEVICE.replace(detuning=data.detuning.values), side) for side in SIDES]
    for name in names:
        left, right = (getattr(slope, name) for slope in slopes)
        found = data[f"d_log_negativity_d_{name}"]
        np.testing.assert_allclose(found.sel(direction=jc.LEFT), left, rtol=1e-9)
        scale = float(np.nanmax(abs(np.asarray(left))))
        np.testing.assert_allclose(
            data[f"d_nonreciprocity_d_{name}"], left - right, atol=1e-9 * scale
        )
    h = 1e-7
    up, down = (
        jc.observables(DEVICE.replace(detuning=data.detuning.values, power=20e-3 + s * h), jc.LEFT)
        for s in (1, -1)
    )
    np.testing.assert_allclose(
        data.d_photons_driven_d_power.sel(direction=jc.LEFT),
        (up.photons_driven - down.photons_driven) / (2 * h),
        rtol=1e-6,  # of the difference, not of the derivative
    )


def _axes(field: str) -> jc.SpinningResonator:
    """`in_axes` of `vmap` if one field is an array."""
    fields = list(jc.SpinningResonator.__dataclass_fields__)
    axes = [0 if name == field else None for name in fields]
    return jax.tree.unflatten(jax.tree.structure(DEVICE), axes)


def test_single_direction_and_branch_are_no_dimensions():
    data = jc.scan(DEVICE, {"spin": [0.0, 8e3]}, direction=jc.RIGHT, branch=0)
    assert data.log_negativity.dims == ("spin",)
    assert (int(data.direction), int(data.branch)) == (-1, 0)


@pytest.mark.parametrize(
    ("given", "signs"),
    [
        ("left", 1),
        (jc.RIGHT, -1),
        (("right", "left"), [-1, 1]),
        ((jc.LEFT, "right"), [1, -1]),
        (np.array([-1, 1]), [-1, 1]),
        (["left"], [1]),
    ],
)
def test_directions_may_be_given_by_name_or_sign(given, signs):
    data = jc.scan(DEVICE, {"spin": [0.0, 8e3]}, direction=given)
    assert data.direction.values.tolist() == signs
    expected = jc.scan(DEVICE, {"spin": [0.0, 8e3]}).sel(direction=signs)
    xr.testing.assert_equal(data[["log_negativity", "status"]], expected)


def test_single_precision():
    double, single = (
        jc.scan(DEVICE, {"spin": [0.0, 8e3]}, dtype=t) for t in ("float64", "float32")
    )
    assert single.log_negativity.dtype == np.float32
    assert single.spin.dtype == np.float64
    np.testing.assert_allclose(single.log_negativity, double.log_negativity, atol=1e-5)


def test_the_result_has_units_and_provenance(everything):
    assert everything.detuning.attrs["units"] == "rad/s"
    assert everything.coupling_driven.attrs == {
        "long_name": "coupling |G| of the driven mode", "units": "rad/s",
    }  # fmt: skip
    status = everything.status.attrs
    names = dict(zip(status["flag_values"], status["flag_meanings"].split(), strict=True))
    assert names == {-1: "not_computed"} | {int(s): s.name.lower() for s in jc.Status}
    assert float(everything.power) == 0.1
    assert everything.power.attrs["units"] == "W"
    assert {"Conventions", "title", "source", "references", "provenance", "scan"} <= set(
        everything.attrs
    )
    assert not [name for name in everything.variables if not everything[name].attrs]


def test_every_status_occurs():
    data = jc.scan(DEVICE.replace(detuning=0.0), {"power": [1e-3, 0.5]}, branch=(0, 4))
    assert data.status.sel(direction=jc.LEFT).values.T.tolist() == [[0, 2], [1, 2]]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"axes": {}}, ValueError, "Argument `axes` must name 1 to 6 fields, but has 0."),
        ({"axes": {"spon": [1.0]}}, TypeError, "did you mean `spin`"),
        ({"axes": {"power": [-1.0]}}, ValueError, "Argument `power` must be .* but is -1."),
        (
            {"outputs": ("photons_drivn",)},
            ValueError,
            "names `photons_drivn`: did you mean `photons_driven`",
        ),
        ({"outputs": "photons_driven"}, TypeError, "must be a sequence of names"),
        ({"outputs": ()}, ValueError, "`outputs` and `reductions` must not both be empty"),
        ({"outputs": ("status",), "gradients": ("spin",)}, ValueError, "must name an output"),
        ({"gradients": "spin"}, TypeError, "Argument `gradients` must be a sequence of names"),
        ({"direction": np.array(1.5)}, ValueError, r"must be jaxcom.LEFT \(\+1\), .*array\(1\.5\)"),
        ({"direction": 0}, ValueError, r"`direction` must be jaxcom.LEFT .* but is 0\."),
        ({"direction": "up"}, ValueError, "jaxcom.RIGHT .* but is 'up'"),
        ({"direction": ("left", "up")}, ValueError, "jaxcom.RIGHT .* but is 'up'"),
        ({"direction": ("left", 1)}, ValueError, "`direction` must hold each value once"),
        ({"direction": (1, 1)}, ValueError, "`direction` must hold each value once"),
        ({"branch": 5}, ValueError, "Argument `branch` must be in 0..4, but is 5."),
        ({"branch": ()}, ValueError, "`branch` must hold each value once"),
        ({"gradients": ("x",)}, TypeError, "`x` is not a field to differentiate by"),
        ({"dtype": "int32"}, ValueError, "`dtype` must be float64 or float32"),
        ({"block_points": 0}, ValueError, "`block_points` must be at least 1 .* but is 0."),
        (
            {"outputs": ("nonreciprocity",), "direction": jc.LEFT},
            ValueError,
            "hold both jaxcom.LEFT and jaxcom.RIGHT .* `nonreciprocity`, but is jaxcom.LEFT.",
        ),
        (
            {"reductions": [reductions.Maximum("photons_driven", "power")]},
            ValueError,
            "`over` names `power`",
        ),
        (
            {"reductions": [reductions.Top("photons_driven"), reductions.Top("photons_driven", 3)]},
            ValueError,
            "twice",
        ),
        (
            {
                "axes": {"spin": jc.Linspace(0, 1, 2**16), "power": jc.Linspace(0, 1, 2**12)},
                "reductions": [
                    reductions.Fraction("stable", "power"),
                    reductions.Maximum("photons_driven", "detuning"),
                ],
            },
            ValueError,
            "`over` names `detuning`",
        ),
        (
            {
                "axes": {n: jc.Linspace(0, 1, 2**14) for n in ("spin", "power", "temperature")},
                "reductions": [reductions.Maximum("photons_driven", "power")],
            },
            ValueError,
            "must leave less than 2 GiB, but leaves 4 GiB of `photons_driven`",
        ),
        ({"checkpoint_seconds": -1.0}, ValueError, "`checkpoint_seconds` .* but is -1.0."),
        ({"resume": True}, ValueError, "`store` must be a path if `resume` is true"),
        (
            {"axes": {"spin": jc.Linspace(0, 1, 10**5), "power": jc.Linspace(0, 1, 10**5)}},
            ValueError,
            "Argument `store` must be a path for a scan of 168 GiB",
        ),
    ],
)
def test_wrong_input_is_named(arguments, error, message):
    with pytest.raises(error, match=message):
        jc.scan(**{"resonator": DEVICE, "axes": {"spin": [0.0, 8e3]}} | arguments)


def test_a_function_is_no_output():
    """The check itself: under test, beartype refuses the argument before it."""
    for outputs in (jc.entanglement, ["log_negativity", jc.entanglement]):
        with pytest.raises(TypeError, match=r"`outputs` must be a sequence of names, .*function"):
            _names("outputs", outputs)
        with pytest.raises(TypeError):
            jc.scan(DEVICE, {"spin": [0.0]}, outputs)  # pyright: ignore[reportArgumentType]


def test_an_array_in_the_design_is_refused():
    with pytest.raises(ValueError, match="its `spin` is an array: make it an axis"):
        jc.scan(DEVICE.replace(spin=np.zeros(3)), {"power": [1e-3]})


def test_nothing_is_compiled_again_for_other_numbers():
    def compiled(power: float) -> int:
        axes = {"spin": jc.Linspace(0, power * 1e6, 5)}
        jc.scan(DEVICE.replace(power=power), axes)
        key = plan_scan(DEVICE, axes, None).compile_key
        return _compiled_programs(key, tuple(jax.local_devices())).of_branch._cache_size()

    assert compiled(1e-3) == compiled(2e-3) == 1


def test_wide_vectors_change_no_bit(monkeypatch):
    """The same operations compute each value, however many run in parallel."""

    def values():
        _compiled_programs.cache_clear()
        return jc.scan(DEVICE, AXES, ("log_negativity",), gradients=("spin", "detuning"))

    options = []
    program = sys.modules[_compiled_programs.__module__]
    monkeypatch.setattr(program, "wide_vectors", lambda: options.append({}) or {})
    narrow = values()
    assert options
    monkeypatch.undo()
    assert wide_vectors() == {"xla_cpu_prefer_vector_width": 512}
    xr.testing.assert_identical(values(), narrow)
