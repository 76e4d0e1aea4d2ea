"""Scans of grids of designs."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
from numpy.typing import DTypeLike

from jaxcom.direction import BOTH, DirectionLike
from jaxcom.resonator import SpinningResonator
from jaxcom.scan.plan import plan_scan
from jaxcom.scan.reductions import Reduction

if TYPE_CHECKING:
    import xarray


def scan(
    resonator: SpinningResonator,
    axes: Mapping[str, Any],
    outputs: Sequence[str] | None = None,
    *,
    direction: DirectionLike | Sequence[DirectionLike] = BOTH,
    branch: int | Sequence[int] = 0,
    gradients: Sequence[str] = (),
    reductions: Sequence[Reduction] = (),
    store: str | os.PathLike | None = None,
    resume: bool = False,
    progress: bool | None = None,
    dtype: DTypeLike = jnp.float64,
    block_points: int | None = None,
    checkpoint_seconds: float = 5.0,
) -> "xarray.Dataset":
    """Dataset of outputs on a grid of designs; the grid may be of any size.

    The grid is divided into blocks. All local devices evaluate blocks while earlier ones are
    written. Coordinates are computed on the device: no array of all points exists.

    With a store, every block is a chunk of a Zarr store with a checksum, written atomically. A
    killed run is continued with `resume=True`, and the finished store is identical to that of an
    undisturbed run to the last bit. After `jax.distributed.initialize()` each process evaluates a
    part of the blocks of one store.

    Args:
        resonator: design; its values of fields that are axes are ignored.
        axes: 1 to 6 fields, outermost first, each with a `Linspace`, a `Geomspace` or an array of
            values in SI units.
        outputs: names from `jaxcom.scan.outputs.OUTPUTS`; the status of every point is always
            included. By default `log_negativity`, or nothing if there are reductions.
        direction: `LEFT`, `RIGHT`, "left", "right", +1 or -1; a sequence of them becomes a
            dimension of the result.
        branch: branch of the mean field, 0..4; a sequence of them becomes a dimension of the
            result, `range(5)` for all.
        gradients: fields with respect to which all outputs except the status are differentiated.
        reductions: summaries of all points: `Maximum`, `Fraction`, `Histogram`, `Top` of
            `jaxcom.scan`.
        store: path of a Zarr store; without one the result is held in memory.
        resume: whether to continue a store that exists; damaged chunks are computed again, and
            changed metadata restored. Refused for a store of another version of this library or of
            JAX, and if it holds what a scan does not write. Another model of processor is accepted,
            although the last digits may differ.
        progress: whether to show a progress bar; by default if the standard error is a terminal.
        dtype: `jax.numpy.float32` for single precision; see `entanglement` for its accuracy.
        block_points: maximum number of points of a block; by default what suits the device.
        checkpoint_seconds: minimum time between two checkpoints of the reductions of a stored scan,
            in s; a killed run repeats at most the blocks since the last one.

    Returns:
        A Dataset with units. The fixed parameters are scalar coordinates, and the attributes
        describe the scan. With a store, the arrays are read on access.

    Raises:
        RuntimeError: JAX is set to 32 bits, or another process of the scan failed.
        TypeError: an argument has a wrong type, or `axes` or `gradients` name an unknown field.
        ValueError: an argument has a value that is not allowed.
        FileExistsError: the store exists and `resume` is false, or it belongs to another scan; the
            message names the difference.
        BlockingIOError: another run is working on the store.
        KeyboardInterrupt: control-C; the blocks that were finished then are kept. SIGTERM and
            SIGHUP end the process, unless it handles them, after the blocks in flight are kept.
        OSError: the store cannot be written; the finished blocks are kept. Or the disk is too small
            for the scan, which is not begun then.

    >>> import jaxcom as jc
    >>> axes = {"spin": [0.0, 8e3], "detuning": jc.Linspace(0.0, 126e6, 5)}
    >>> data = jc.scan(jc.SpinningResonator(), axes, direction=jc.LEFT)
    >>> data.log_negativity.sel(spin=8e3).values.round(3)
    array([0.   , 0.104, 0.   , 0.   , 0.   ])
    >>> data.status.sel(spin=8e3).values, data.spin.units
    (array([0, 0, 0, 0, 0], dtype=int8), 'rad/s')
    """
    if resume and store is None:
        raise ValueError("Argument `store` must be a path if `resume` is true, but is None.")
    if not checkpoint_seconds >= 0:
        raise ValueError(
            f"Argument `checkpoint_seconds` must be at least 0, but is {checkpoint_seconds}."
        )
    plan = plan_scan(
        resonator, axes, outputs, gradients=gradients, direction=direction, branch=branch,
        reductions=reductions, dtype=dtype, block_points=block_points,
    )  # fmt: skip
    # Imported here: xarray and zarr take longer to import than everything else.
    if store is None:
        from jaxcom.scan.in_memory import scan_in_memory

        return scan_in_memory(plan, progress)
    from jaxcom.scan.on_disk import scan_on_disk

    path = Path(os.path.realpath(store))
    return scan_on_disk(plan, path, resume, progress, checkpoint_seconds)
