"""The most entanglement that some detuning gives, and how much of it spinning restores."""

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, ArrayLike, Float

from jaxcom.direction import LEFT, RIGHT
from jaxcom.entanglement import checked_branch, entanglement
from jaxcom.merit.peak import Peak, highest_peak
from jaxcom.resonator import SpinningResonator
from jaxcom.xla.fusion import in_memory
from jaxcom.xla.precision import require_x64

Real = Float[Array, "..."]

DETUNINGS = (-1.0, 4.0)
"""Where a maximum is looked for unless the caller says, in units of omega_m: the paper's range,
which is widened by |Delta_F| at both ends, since spinning shifts the maxima by that."""


class Drive(NamedTuple):
    """All that fixes E_N but the detuning; None stands for the lowest branch, the fastest."""

    resonator: SpinningResonator
    direction: Any
    branch: Any = None

    def at(self, **changes: Any) -> "Drive":
        """The same with some fields of the resonator changed."""
        return self._replace(resonator=self.resonator.replace(**changes))

    def spread(self, shape: tuple[int, ...]) -> "Drive":
        """The same with all entries of one shape; those that are the same everywhere stay so."""

        def spread(entry):
            return jnp.broadcast_to(entry, shape) if jnp.ndim(entry) else entry

        return jax.tree.map(spread, self)

    def log_negativity(self, detuning: Real) -> Real:
        """The unclipped -ln(2 nu_-), which has a slope everywhere."""
        drive = self.spread(detuning.shape).at(detuning=detuning)
        branch = 0 if drive.branch is None else drive.branch
        return entanglement(drive.resonator, drive.direction, branch=branch, unclipped=True)


def largest_entanglement(
    resonator: SpinningResonator,
    direction: ArrayLike,
    *,
    detunings: Sequence[Any] | None = None,
    branch: ArrayLike = 0,
) -> Peak:
    """The largest E_N over the detuning, to rounding: the maxima of Eq. (14).

    Args:
        resonator: the device; its own detuning has no meaning. Fields may be arrays.
        direction: `LEFT` or `RIGHT`, or an array of signs.
        detunings: from where to where in rad/s; by default -1..4 omega_m, widened by |Delta_F|.
        branch: which mean field, counted from 0 in ascending q_s.

    Returns:
        The value (0 where no detuning entangles, NaN where none has a steady state), its detuning,
        and whether it is only approached, at the edge of an unstable or bistable range. Each of the
        shape of the designs; some 4 kB of memory a design. At a bound, the value is that there.

    Raises:
        RuntimeError: JAX is set to 32 bits.
        ValueError: `branch` is not in 0..4, or `detunings` do not ascend.

    >>> import jaxcom as jc
    >>> peak = largest_entanglement(jc.SpinningResonator(spin=0.0), jc.LEFT)
    >>> peak.value.round(4), (peak.detuning / 63e6).round(2)
    (Array(0.1476, dtype=float64), Array(0.75, dtype=float64))
    """
    require_x64("merit.largest_entanglement")
    sides, branches = checked_branch(direction, branch)
    drive = Drive(resonator, sides, branches)
    return clipped(highest(Drive.log_negativity, drive, detuning_bounds(resonator, detunings)))


def largest_nonreciprocity(
    resonator: SpinningResonator, *, detunings: Sequence[Any] | None = None
) -> Peak:
    """The largest |Delta E_N| over the detunings at which both directions have a steady state.

    On the lowest branch. Arguments, result and errors as for `largest_entanglement`.

    >>> import jaxcom as jc
    >>> largest_nonreciprocity(jc.SpinningResonator()).value.round(4)
    Array(0.1476, dtype=float64)
    """
    require_x64("merit.largest_nonreciprocity")
    bounds = detuning_bounds(resonator, detunings)
    drive = both_ways(resonator, bounds)
    both = clipped(highest(unclipped_excess, drive, bounds))
    better = jnp.argmax(jnp.nan_to_num(both.value, nan=-1.0), axis=0)[None]
    return jax.tree.map(lambda x: jnp.take_along_axis(x, better, 0)[0], both)


def revival_factor(
    resonator: SpinningResonator,
    direction: ArrayLike,
    *,
    detunings: Sequence[Any] | None = None,
) -> Real:
    """Revival factor chi of Eq. (14): what spinning leaves of the ideal device's entanglement.

    chi = max E_N(Omega, J) / max E_N(0, 0), each maximum over the detuning, on the lowest branch.
    Arguments and errors as for `largest_entanglement`; NaN where either maximum does not exist, or
    where the ideal device is never entangled.

    >>> import jaxcom as jc
    >>> device = jc.SpinningResonator(spin=23e3, backscattering=jc.SpinningResonator().kappa)
    >>> revival_factor(device, jc.RIGHT).round(3)
    Array(0.917, dtype=float64)
    """
    require_x64("merit.revival_factor")
    # Zeros of the same shapes: what is compiled for the device serves the ideal one, too.
    rest = {name: 0.0 * getattr(resonator, name) for name in ("spin", "backscattering")}
    ideal, anyway = resonator.replace(**rest), jnp.full_like(jnp.asarray(direction), int(LEFT))
    best = largest_entanglement(ideal, anyway, detunings=detunings).value
    revived = largest_entanglement(resonator, direction, detunings=detunings).value
    return revived / jnp.where(best > 0, best, jnp.nan)


def both_ways(resonator: SpinningResonator, bounds: tuple[Real, Real]) -> Drive:
    """The device driven from the left and from the right, along an axis before all others."""
    shape = common_shape((resonator, bounds))
    sides = jnp.array([LEFT, RIGHT]).reshape(2, *(1,) * len(shape))
    return Drive(resonator, jnp.broadcast_to(sides, (2, *shape)))


def unclipped_excess(drive: Drive, detuning: Real) -> Real:
    """What E_N in one direction is more than in the other, with a slope where it is 0."""
    direction = jnp.broadcast_to(drive.direction, detuning.shape)
    both = drive._replace(direction=jnp.stack([direction, -direction]))  # compiled once
    wanted, other = in_memory(both.log_negativity(jnp.stack([detuning, detuning])))
    return wanted - jnp.maximum(other, 0)


@partial(jax.jit, static_argnums=0)
def highest(function, drive: Drive, bounds: tuple[Real, Real]) -> Peak:
    """The highest peak of a function of a drive and detunings, for all drives of a batch."""
    shape = common_shape((drive, bounds))
    low, high = (jnp.broadcast_to(bound, shape).astype(float) for bound in bounds)
    return highest_peak(function, drive, low, high)


def common_shape(tree: Any) -> tuple[int, ...]:
    """The shape to which all leaves broadcast."""
    return jnp.broadcast_shapes(*(jnp.shape(leaf) for leaf in jax.tree.leaves(tree)))


def clipped(peak: Peak) -> Peak:
    """The peak of E_N itself, which is 0 where there is no entanglement."""
    return Peak(jnp.maximum(peak.value, 0), peak.detuning, peak.at_edge & (peak.value > 0))


def detuning_bounds(
    resonator: SpinningResonator, detunings: Sequence[Any] | None
) -> tuple[Real, Real]:
    """From where to where the detuning goes, as given or by default.

    Raises:
        ValueError: the bounds do not ascend.

    >>> low, high = detuning_bounds(SpinningResonator(spin=0.0), None)
    >>> print(f"{low:.3g} {high:.3g}")
    -6.3e+07 2.52e+08
    """
    if detunings is None:
        shift = abs(resonator.sagnac_shift)
        low, high = (x * resonator.omega_m + jnp.sign(x) * shift for x in DETUNINGS)
        return jnp.asarray(low), jnp.asarray(high)
    if not any(isinstance(bound, Tracer) for bound in detunings) and not _ascend(detunings):
        raise ValueError(
            "Argument `detunings` must be a lower and a higher bound, finite and real, but is "
            f"{detunings!r}."
        )
    low, high = (jnp.asarray(bound, float) for bound in detunings)
    return low, high


def _ascend(bounds: Sequence[Any]) -> bool:
    arrays = [np.asarray(bound) for bound in bounds]
    if len(arrays) != 2 or any(array.dtype.kind not in "iuf" for array in arrays):
        return False
    return bool(np.all(np.isfinite(arrays[0]) & np.isfinite(arrays[1]) & (arrays[0] < arrays[1])))
