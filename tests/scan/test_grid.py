"""Blocks: each point lies in exactly one block, and blocks follow the order of the points."""

import numpy as np
import pytest

from jaxcom.scan.grid import divide

CASES = [
    ((7,), 3),
    ((4, 10, 3), 15),
    ((5, 3, 2, 2), 1),
    ((2, 3), 100),
    ((1000,), 1000),
    ((9, 7), 8),
]


@pytest.mark.parametrize(("shape", "max_points"), CASES)
def test_blocks_tile_the_grid(shape, max_points):
    grid = divide(shape, max_points)
    assert np.prod(grid.block) <= max_points
    seen = np.zeros(shape, int)
    for number in range(grid.blocks):
        seen[grid.slices(number)] += 1
    assert np.all(seen == 1)


@pytest.mark.parametrize(("shape", "max_points"), CASES)
def test_blocks_are_contiguous_and_ascend(shape, max_points):
    grid, places = divide(shape, max_points), np.arange(np.prod(shape)).reshape(shape)
    parts = [places[grid.slices(number)].ravel() for number in range(grid.blocks)]
    np.testing.assert_array_equal(np.concatenate(parts), places.ravel())


def test_blocks_extend_little_beyond_the_grid():
    grid = divide((501,), 500)
    assert grid.block == (251,)
    assert grid.padded


def test_corner_and_part_inside_of_the_last_block():
    grid = divide((4, 10, 3), 12)
    assert grid.block == (1, 4, 3)
    assert grid.slices(2) == (slice(0, 1), slice(8, 10), slice(0, 3))
    assert grid.inside(2) == (slice(0, 1), slice(0, 2), slice(0, 3))
