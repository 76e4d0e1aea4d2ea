"""Blocks: every point in one of them, once, in the order of the points."""

import numpy as np
import pytest

from jaxcom.scan.grid import cut

CASES = [
    ((7,), 3),
    ((4, 10, 3), 15),
    ((5, 3, 2, 2), 1),
    ((2, 3), 100),
    ((1000,), 1000),
    ((9, 7), 8),
]


@pytest.mark.parametrize(("shape", "most"), CASES)
def test_blocks_tile_the_grid(shape, most):
    grid = cut(shape, most)
    assert np.prod(grid.block) <= most
    seen = np.zeros(shape, int)
    for number in range(grid.blocks):
        seen[grid.slices(number)] += 1
    assert np.all(seen == 1)


@pytest.mark.parametrize(("shape", "most"), CASES)
def test_blocks_are_contiguous_and_ascend(shape, most):
    grid, places = cut(shape, most), np.arange(np.prod(shape)).reshape(shape)
    parts = [places[grid.slices(number)].ravel() for number in range(grid.blocks)]
    np.testing.assert_array_equal(np.concatenate(parts), places.ravel())


def test_little_is_computed_in_vain():
    grid = cut((501,), 500)
    assert grid.block == (251,)
    assert grid.padded


def test_a_corner_and_what_lies_inside():
    grid = cut((4, 10, 3), 12)
    assert grid.block == (1, 4, 3)
    assert grid.slices(2) == (slice(0, 1), slice(8, 10), slice(0, 3))
    assert grid.inside(2) == (slice(0, 1), slice(0, 2), slice(0, 3))
