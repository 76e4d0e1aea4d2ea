"""How a grid is cut into blocks: equal, padded, and contiguous in the order of the points."""

import math
from typing import NamedTuple

Shape = tuple[int, ...]


class Grid(NamedTuple):
    """A grid of points and the blocks that it is computed and stored in.

    A block spans the last axes whole, a part of one axis, and one value of those before it. All
    have one shape, so that one compiled program makes them all; the last ones along the axis that
    is cut reach beyond the grid.

    >>> grid = Grid((4, 10, 3), (1, 5, 3))
    >>> grid.points, grid.blocks, grid.corner(3), grid.slices(3)
    (120, 8, (1, 5, 0), (slice(1, 2, None), slice(5, 10, None), slice(0, 3, None)))
    """

    shape: Shape
    block: Shape

    @property
    def points(self) -> int:
        """The number of points of the grid."""
        return math.prod(self.shape)

    @property
    def counts(self) -> Shape:
        """The number of blocks along each axis."""
        return tuple(-(-n // b) for n, b in zip(self.shape, self.block, strict=True))

    @property
    def blocks(self) -> int:
        """The number of blocks."""
        return math.prod(self.counts)

    @property
    def padded(self) -> bool:
        """Do some blocks reach beyond the grid?"""
        return any(n % b for n, b in zip(self.shape, self.block, strict=True))

    def corner(self, number: int) -> Shape:
        """The indices of the first point of a block."""
        corner = []
        for count, length in zip(reversed(self.counts), reversed(self.block), strict=True):
            number, place = divmod(number, count)
            corner.append(place * length)
        return tuple(reversed(corner))

    def slices(self, number: int) -> tuple[slice, ...]:
        """The part of the grid that a block covers."""
        spans = zip(self.corner(number), self.block, self.shape, strict=True)
        return tuple(slice(c, min(c + b, n)) for c, b, n in spans)

    def inside(self, number: int) -> tuple[slice, ...]:
        """The part of a block that lies in the grid."""
        return tuple(slice(0, s.stop - s.start) for s in self.slices(number))


def cut(shape: Shape, most: int) -> Grid:
    """The grid in blocks of at most so many points.

    The axis that is cut is cut evenly, so that little is computed in vain.

    >>> cut((60, 500, 400), most=100_000).block
    (1, 250, 400)
    """
    block, inner = [1] * len(shape), 1
    for axis in reversed(range(len(shape))):
        length = max(1, min(shape[axis], most // inner))
        pieces = -(-shape[axis] // length)
        block[axis] = -(-shape[axis] // pieces)
        inner *= shape[axis]
        if inner > most:
            break
    return Grid(shape, tuple(block))
