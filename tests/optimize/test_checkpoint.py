"""A resumed search ends with the same result as an uninterrupted one, to the bit."""

import jax
import numpy as np
import pytest

import jaxcom as jc
from jaxcom.support.arrays import read_arrays, write_arrays
from optimize import Box, Checkpoint, maximize, objectives
from optimize.search import search

DEVICE = jc.SpinningResonator()
BOX = Box(detuning=(-63e6, 252e6))


class Stopped(Exception):
    """Interruption of a run."""


def searched(**options):
    return maximize(
        objectives.OneWay(jc.LEFT), DEVICE, BOX, starts=8, rounds=2, progress=False, **options
    )


@pytest.fixture(autouse=True)
def all_rounds(monkeypatch):
    """Let no search end before its last round."""
    monkeypatch.setattr(search, "_is_better", lambda new, old: True)


@pytest.fixture
def stopped(monkeypatch):
    """Let the search climb a number of blocks, then stop it."""

    def stop_after(blocks, path):
        climb, done = search.advance, []

        def advance(*arguments):
            if len(done) == blocks:
                raise Stopped
            done.append(1)
            return climb(*arguments)

        with monkeypatch.context() as patched:
            patched.setattr(search, "advance", advance)
            with pytest.raises(Stopped):
                searched(checkpoint=Checkpoint(path, every=0.0))

    return stop_after


@pytest.mark.parametrize("blocks", [1, 3, 6])  # in the first round and in the second
def test_a_resumed_search_ends_with_the_same_result(tmp_path, stopped, blocks):
    path = tmp_path / "search.npz"
    stopped(blocks, path)
    whole, resumed = searched(), searched(checkpoint=Checkpoint(path, resume=True))
    assert resumed.design == whole.design
    assert resumed.value == whole.value
    for a, b in zip(resumed.history.rounds, whole.history.rounds, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_resumed_search_takes_the_remaining_steps(tmp_path, stopped, monkeypatch):
    path, calls = tmp_path / "search.npz", []
    stopped(3, path)
    climb = search.advance
    monkeypatch.setattr(search, "advance", lambda *a: calls.append(1) or climb(*a))
    searched(checkpoint=Checkpoint(path, resume=True))
    assert len(calls) == 2 * 4 - 3


@pytest.mark.parametrize("blocks", [0, 3])
def test_an_interruption_keeps_the_steps_since_the_last_checkpoint(tmp_path, monkeypatch, blocks):
    path, climb, done = tmp_path / "search.npz", search.advance, []

    def advance(*arguments):
        if len(done) == blocks:
            raise KeyboardInterrupt
        done.append(1)
        return climb(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(search, "advance", advance)
        with pytest.raises(KeyboardInterrupt, match=f"keeps {25 * blocks} of at most 200 steps"):
            searched(checkpoint=Checkpoint(path, every=1e3))
    whole, done = searched(), []
    monkeypatch.setattr(search, "advance", lambda *a: done.append(1) or climb(*a))
    resumed = searched(checkpoint=Checkpoint(path, resume=True))
    assert len(done) == 2 * 4 - blocks
    assert resumed.design == whole.design
    for a, b in zip(resumed.history.rounds, whole.history.rounds, strict=True):
        np.testing.assert_array_equal(a, b)


def test_another_search_is_refused(tmp_path, stopped):
    path = tmp_path / "search.npz"
    stopped(1, path)
    with pytest.raises(ValueError, match="belongs to another search"):
        maximize(
            objectives.OneWay(jc.LEFT), DEVICE, Box(detuning=(-63e6, 251e6)), starts=8, rounds=2,
            checkpoint=Checkpoint(path, resume=True),
        )  # fmt: skip


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"PK\x03\x04 broken"])
def test_a_broken_file_is_refused(tmp_path, content):
    path = tmp_path / "search.npz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="is not a checkpoint of a search"):
        searched(checkpoint=Checkpoint(path, resume=True))


def test_rounds_of_another_shape_are_refused(tmp_path, stopped):
    path = tmp_path / "search.npz"
    stopped(1, path)
    arrays = read_arrays(path)
    write_arrays(path, arrays | {"leaf_0": arrays["leaf_0"][:3]})
    with pytest.raises(ValueError, match="`checkpoint` must hold rounds of this search"):
        searched(checkpoint=Checkpoint(path, resume=True))


def test_without_resume_a_search_starts_again(tmp_path):
    path = tmp_path / "search.npz"
    path.write_bytes(b"something old")
    found = searched(checkpoint=Checkpoint(path, every=0.0))
    assert jax.tree.all(jax.tree.map(np.isfinite, found.design))
    assert Checkpoint(path, resume=True).path.stat().st_size > 1000
