"""Division of a grid into blocks: equal, padded, and contiguous in the order of the points."""

import math
from typing import NamedTuple

Shape = tuple[int, ...]


class Grid(NamedTuple):
    """Grid of points, and the blocks in which it is computed and stored.

    A block spans the last axes completely, a part of one axis, and one index of the axes before
    it. All blocks have the same shape, so one compiled program computes them all; the last blocks
    along the divided axis may extend beyond the grid.

    Attributes:
        shape: number of points along each axis.
        block: number of points of a block along each axis.

    >>> grid = Grid((4, 10, 3), (1, 5, 3))
    >>> grid.points, grid.blocks, grid.corner(3), grid.slices(3)
    (120, 8, (1, 5, 0), (slice(1, 2, None), slice(5, 10, None), slice(0, 3, None)))
    """

    shape: Shape
    block: Shape

    @property
    def points(self) -> int:
        """Number of points of the grid."""
        return math.prod(self.shape)

    @property
    def counts(self) -> Shape:
        """Number of blocks along each axis."""
        return tuple(-(-n // b) for n, b in zip(self.shape, self.block, strict=True))

    @property
    def blocks(self) -> int:
        """Number of blocks."""
        return math.prod(self.counts)

    @property
    def padded(self) -> bool:
        """Whether some blocks extend beyond the grid."""
        return any(n % b for n, b in zip(self.shape, self.block, strict=True))

    def corner(self, number: int) -> Shape:
        """Indices of the first point of a block."""
        corner = []
        for count, length in zip(reversed(self.counts), reversed(self.block), strict=True):
            number, place = divmod(number, count)
            corner.append(place * length)
        return tuple(reversed(corner))

    def slices(self, number: int) -> tuple[slice, ...]:
        """Part of the grid that a block covers."""
        spans = zip(self.corner(number), self.block, self.shape, strict=True)
        return tuple(slice(c, min(c + b, n)) for c, b, n in spans)

    def inside(self, number: int) -> tuple[slice, ...]:
        """Part of a block that lies in the grid."""
        return tuple(slice(0, s.stop - s.start) for s in self.slices(number))


def divide(shape: Shape, max_points: int) -> Grid:
    """Grid in blocks of at most `max_points` points.

    One axis is divided, into equal parts, so that the blocks extend little beyond the grid.

    >>> divide((60, 500, 400), max_points=100_000).block
    (1, 250, 400)
    """
    block, inner = [1] * len(shape), 1
    for axis in reversed(range(len(shape))):
        length = max(1, min(shape[axis], max_points // inner))
        parts = -(-shape[axis] // length)
        block[axis] = -(-shape[axis] // parts)
        inner *= shape[axis]
        if inner > max_points:
            break
    return Grid(shape, tuple(block))
