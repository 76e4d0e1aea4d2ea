"""The scan as a user calls it."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
from jaxtyping import ArrayLike
from numpy.typing import DTypeLike

from jaxcom.direction import LEFT, RIGHT
from jaxcom.resonator import SpinningResonator
from jaxcom.scan.plan import planned
from jaxcom.scan.reductions import Reduction

if TYPE_CHECKING:
    import xarray


def scan(
    resonator: SpinningResonator,
    axes: Mapping[str, Any],
    outputs: Sequence[str] | None = None,
    *,
    direction: ArrayLike | Sequence[int] = (LEFT, RIGHT),
    branch: int | Sequence[int] = 0,
    gradients: Sequence[str] = (),
    reductions: Sequence[Reduction] = (),
    store: str | os.PathLike | None = None,
    resume: bool = False,
    progress: bool | None = None,
    dtype: DTypeLike = jnp.float64,
    block_points: int | None = None,
) -> "xarray.Dataset":
    """Evaluate a grid of designs: any fields as axes, any outputs, of any size.

    The grid is cut into blocks, which all local devices evaluate while the blocks before them are
    written. Coordinates are made where they are needed: no array of all points exists.

    With a store, every block is a chunk of a Zarr store with its checksum, written whole or not at
    all. A run that was killed is taken up again by `resume=True`; the finished store is
    bit for bit that of an undisturbed run. After `jax.distributed.initialize()` each process
    evaluates its share of the blocks of one store.

    Args:
        resonator: the design; its fields that are axes have no meaning.
        axes: 1 to 6 fields, outermost first: `Linspace`, `Geomspace` or an array of values, in SI.
        outputs: names of `jaxcom.scan.outputs.OUTPUTS`; the status of every point comes along. By
            default `log_negativity`, or nothing where there are reductions.
        direction: `LEFT`, `RIGHT`, or several, which become a dimension.
        branch: of the mean field, or several, which become a dimension; `range(5)` for all.
        gradients: fields by which all outputs but the status are differentiated.
        reductions: what to keep of all points together: `Maximum`, `Fraction`, `Histogram`, `Top`.
        store: path of a Zarr store; without one the result is in memory.
        resume: go on with the store if it exists; chunks that are damaged are computed anew. With
            another version of this library or of JAX that is refused; on another model of processor
            it is not, though last digits may differ.
        progress: show a progress line; by default where the standard error is a terminal.
        dtype: `jax.numpy.float32` for single precision; see `entanglement` for what it costs.
        block_points: the most points of a block; by default what suits the device.

    Returns:
        A Dataset with units, the fixed parameters as scalar coordinates, and the scan itself in its
        attributes. With a store its arrays are read when they are used.

    Raises:
        RuntimeError: JAX is set to 32 bits, or another process of the scan failed.
        TypeError, ValueError: an argument is not what it must be.
        FileExistsError: the store exists and `resume` is false, or it belongs to another scan: the
            message names the difference.
        BlockingIOError: another run is working on the store.
        OSError: the store cannot be written; what is finished is kept.

    >>> import jaxcom as jc
    >>> axes = {"spin": [0.0, 8e3], "detuning": jc.Linspace(0.0, 126e6, 5)}
    >>> data = jc.scan(jc.SpinningResonator(), axes, direction=jc.LEFT)
    >>> data.log_negativity.sel(spin=8e3).values.round(3)
    array([0.   , 0.104, 0.   , 0.   , 0.   ])
    >>> data.status.sel(spin=8e3).values, data.spin.units
    (array([0, 0, 0, 0, 0], dtype=int8), 'rad/s')
    """
    if resume and store is None:
        raise ValueError("Argument `store` must be a path where `resume` is true, but is None.")
    plan = planned(
        resonator, axes, outputs, gradients=gradients, direction=direction, branch=branch,
        reductions=reductions, dtype=dtype, block_points=block_points,
    )  # fmt: skip
    # Imported here: xarray and zarr take longer to import than all else.
    if store is None:
        from jaxcom.scan.in_memory import scanned_in_memory

        return scanned_in_memory(plan, progress)
    from jaxcom.scan.on_disk import scanned_on_disk

    return scanned_on_disk(plan, Path(store).resolve(), resume, progress)
