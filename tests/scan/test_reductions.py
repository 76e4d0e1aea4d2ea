"""Reductions against NumPy on the stored grid, for several sizes of the blocks."""

import functools
import itertools

import jax.numpy as jnp
import numpy as np
import pytest

import jaxcom as jc
from jaxcom.scan.plan import plan_scan
from jaxcom.scan.reductions import Fraction, Histogram, Maximum, Top
from jaxcom.scan.state import State, add_block, load, merge, save

DEVICE = jc.SpinningResonator()
AXES = {
    "temperature": [0.05, 0.5, 0.9],
    "spin": jc.Linspace(0, 30e3, 4),
    "detuning": jc.Linspace(-63e6, 252e6, 31),
}
BLOCKS = pytest.mark.parametrize("block", [7, 40, 10_000])
SIDES = (jc.LEFT, jc.RIGHT)


MAXIMA = {
    over: Maximum("log_negativity", over)
    for over in (None, "detuning", "temperature", ("temperature", "detuning"), ("spin", "detuning"))
}
FRACTIONS = {
    over: (Fraction("stable", over), Fraction("entangled", over))
    for over in (None, "spin", ("temperature", "detuning"))
}


@functools.cache
def reduced(*reductions, block):
    """Stored points and reductions, of the same blocks: other blocks may round differently."""
    outputs = ("log_negativity", "abs_nonreciprocity")
    return jc.scan(DEVICE, AXES, outputs, reductions=reductions, block_points=block)


def summarized(block):
    """Points with all maxima and fractions."""
    return reduced(*MAXIMA.values(), *itertools.chain(*FRACTIONS.values()), block=block)


@BLOCKS
@pytest.mark.parametrize("over", MAXIMA)
def test_maximum_and_its_place(over, block):
    maximum = MAXIMA[over]
    data, names = summarized(block), maximum.over or tuple(AXES)
    expected = data.log_negativity.max(names)
    found = data[maximum.name]
    np.testing.assert_array_equal(found, expected)
    at = {name: data[f"{name}_at_{maximum.name}"] for name in names}
    exists = found.notnull()
    values = data.log_negativity.sel({n: v.where(exists, data[n][0]) for n, v in at.items()})
    np.testing.assert_array_equal(values.where(exists), expected)
    assert exists.all() or over == "temperature"
    assert at[names[0]].attrs["units"] == data[names[0]].attrs["units"]


@BLOCKS
def test_of_equal_values_the_first_counts(block):
    """At 0.9 K most points have E_N = 0."""
    data = summarized(block)
    for side, k in itertools.product(SIDES, range(3)):
        values = data.log_negativity.sel(direction=side).isel(temperature=k).values
        first = np.unravel_index(np.nanargmax(values), values.shape)
        found = data.sel(direction=side).isel(temperature=k)
        place = found.detuning_at_max_log_negativity_over_spin_detuning
        assert place == data.detuning[first[1]]


@BLOCKS
@pytest.mark.parametrize("over", FRACTIONS)
def test_fractions(over, block):
    names = tuple(AXES) if over is None else (over,) if isinstance(over, str) else over
    stable, entangled = FRACTIONS[over]
    data = summarized(block)
    np.testing.assert_array_equal(data[stable.name], (data.status == 0).mean(names))
    np.testing.assert_array_equal(data[entangled.name], (data.log_negativity > 0).mean(names))


@BLOCKS
def test_histogram_counts_as_numpy_does(block):
    largest = float(summarized(block).log_negativity.max())
    edges = [0.0, 0.01, 0.05, largest]  # 0 and the largest value lie on edges
    data = reduced(Histogram("log_negativity", edges), block=block)
    for side in SIDES:
        values = data.log_negativity.sel(direction=side).values
        expected, _ = np.histogram(values[~np.isnan(values)], edges)
        np.testing.assert_array_equal(data.histogram_log_negativity.sel(direction=side), expected)
        assert data.log_negativity_high.sel(direction=side).values.tolist() == edges[1:]


@BLOCKS
@pytest.mark.parametrize("count", [1, 5, 40])
def test_top(count, block):
    data = reduced(Top("abs_nonreciprocity", count), block=block)
    flat = data.abs_nonreciprocity.values.ravel()
    order = np.lexsort((np.arange(flat.size), -np.where(np.isnan(flat), -np.inf, flat)))[:count]
    np.testing.assert_array_equal(data.top_abs_nonreciprocity, flat[order])
    place = np.unravel_index(order, data.abs_nonreciprocity.shape)
    for name, index in zip(AXES, place, strict=True):
        np.testing.assert_array_equal(
            data[f"{name}_at_top_abs_nonreciprocity"], data[name].values[index]
        )


def test_top_of_fewer_points_than_asked_for():
    data = jc.scan(DEVICE, {"spin": [0.0, 8e3]}, reductions=[Top("log_negativity", 4)])
    assert np.isnan(data.top_log_negativity.sel(direction=jc.LEFT)).values.tolist() == [
        False, False, True, True,
    ]  # fmt: skip
    assert np.isnan(data.spin_at_top_log_negativity.values[:, 2:]).all()


def test_without_a_stable_point_the_maximum_is_nan():
    axes = {"power": [0.5], "detuning": jc.Linspace(-10e6, 0, 3)}
    data = jc.scan(DEVICE, axes, reductions=[Maximum("log_negativity", "detuning")])
    assert np.isnan(data.max_log_negativity_over_detuning).all()
    assert np.isnan(data.detuning_at_max_log_negativity_over_detuning).all()


def test_chi_of_eq_14():
    """Stationary, J = kappa: 0.557; Omega = 23e3: 0.881 (left), 0.917 (right)."""
    axes = {
        "spin": [0.0, 23e3],
        "backscattering": [0.0, float(DEVICE.kappa)],
        "detuning": jc.Linspace(-63e6, 252e6, 1001),
    }
    data = jc.scan(DEVICE, axes, reductions=[Maximum("log_negativity", "detuning")])
    best = data.max_log_negativity_over_detuning
    chi = (best / best.sel(spin=0, backscattering=0)).isel(backscattering=1)
    np.testing.assert_allclose(chi.sel(spin=0), 0.557, atol=1e-3)
    np.testing.assert_allclose(chi.sel(spin=23e3), [0.881, 0.917], atol=1e-3)


def test_merging_does_not_depend_on_the_order():
    """Random blocks, with ties and gaps, in several groupings and orders."""
    reductions = [
        Maximum("photons_driven", "spin"), Fraction("stable"), Top("photons_driven", 3),
        Histogram("photons_driven", [0.0, 1.0, 2.0]),
    ]  # fmt: skip
    axes = {"spin": np.arange(4.0), "detuning": np.arange(6.0)}
    plan = plan_scan(DEVICE, axes, None, reductions=reductions, direction=1, block_points=3)
    random = np.random.default_rng(0)
    photons = random.choice([0.0, 1.0, 2.0, np.nan], size=(plan.grid.blocks, *plan.grid.block))
    status = random.choice(np.array([0, 1], np.int8), size=photons.shape)

    def state_of(numbers) -> State:
        state = State(plan)
        for n in numbers:
            values = {"photons_driven": jnp.array(photons[n]), "status": jnp.array(status[n])}
            results = [
                r.reduce_block(tuple(axes), {r.output: values[r.output]}) for r in reductions
            ]
            on_host = [{k: np.asarray(v) for k, v in result.items()} for result in results]
            add_block(plan, state, n, [{(0, 0): result} for result in on_host])
        return state

    whole = state_of(range(plan.grid.blocks))
    for seed in range(5):
        order = np.random.default_rng(seed).permutation(plan.grid.blocks).tolist()
        parts = [order[k :: seed + 1] for k in range(seed + 1)]
        again = merge(plan, [state_of(part) for part in parts])
        assert again.done.all()
        for one, other in zip(whole.partial, again.partial, strict=True):
            for key in one[0, 0]:
                np.testing.assert_array_equal(one[0, 0][key], other[0, 0][key])


def test_a_state_is_restored_from_its_file(tmp_path):
    plan = plan_scan(
        DEVICE, AXES, None, reductions=[Maximum("photons_driven", "spin")], block_points=50
    )
    state = State(plan)
    state.done[3] = True
    state.partial[0][1, 0]["value"][1, 2] = 5.0
    save(tmp_path / "state.npz", plan, state)
    again = load(tmp_path / "state.npz", plan)
    assert again is not None
    np.testing.assert_array_equal(again.done, state.done)
    assert again.partial[0][1, 0]["value"][1, 2] == 5.0


def test_a_damaged_state_is_none(tmp_path):
    plan = plan_scan(DEVICE, AXES, None, reductions=[Maximum("photons_driven", "spin")])
    path = tmp_path / "state.npz"
    assert load(path, plan) is None
    save(path, plan, State(plan))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert load(path, plan) is None


def test_a_state_of_another_scan_is_none(tmp_path):
    plans = [
        plan_scan(device, AXES, None, reductions=[Maximum("photons_driven", "spin")])
        for device in (DEVICE, DEVICE.replace(temperature=1.0), DEVICE.replace(power=1e-3))
    ]
    save(tmp_path / "state.npz", plans[2], State(plans[2]))
    assert load(tmp_path / "state.npz", plans[2]) is not None
    assert load(tmp_path / "state.npz", plans[0]) is None


def test_one_block_is_counted_once():
    plan = plan_scan(DEVICE, AXES, None, reductions=[Fraction("stable")], direction=1)
    state = State(plan)
    results = [{(0, 0): {"count": np.array(5)}}]
    add_block(plan, state, 0, results)
    add_block(plan, state, 0, results)
    assert state.partial[0][0, 0]["count"] == 5
    with pytest.raises(ValueError, match="must cover each block once"):
        merge(plan, [state, state])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Maximum("photons_driven", ()), "`over` must name an axis, or be None for all"),
        (lambda: Maximum("status"), "Argument `of` names `status`"),
        (
            lambda: Fraction("photons_driven"),
            "must be 'stable' or 'entangled', but is 'photons_driven'",
        ),
        (
            lambda: Histogram("photons_driven", jc.Linspace(0.0, 1.0, 10**12)),
            "must have at most 1048576 bins, not 999999999999",
        ),
        (lambda: Histogram("photons_driven", [1.0]), "two or more ascending numbers"),
        (lambda: Histogram("photons_driven", [1.0, 0.0]), "two or more ascending numbers"),
        (lambda: Top("photons_driven", 0), "must be in 1..10000, but is 0"),
    ],
)
def test_wrong_input_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()
