"""Maxima of E_N and |Delta E_N| over the detuning, and the revival factor."""

import warnings
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from jaxcom.direction import LEFT, RIGHT, DirectionLike, direction_sign
from jaxcom.entanglement import checked_branch, entanglement
from jaxcom.gaussian import clipped
from jaxcom.merit.peak import Peak, highest_peak
from jaxcom.resonator import DETUNING_WINDOW, SpinningResonator
from jaxcom.support.tracing import is_traced
from jaxcom.xla.fusion import in_memory
from jaxcom.xla.precision import require_x64

Real = Float[Array, "..."]


class Drive(NamedTuple):
    """Resonator, direction and branch: all that determines E_N except the detuning.

    Attributes:
        resonator: the device and its drive; its detuning is not used.
        direction: sign of the direction.
        branch: branch of the mean field; None selects the lowest, which is the fastest to compute.
    """

    resonator: SpinningResonator
    direction: Any
    branch: Any = None

    def with_fields(self, **changes: Any) -> "Drive":
        """Copy with some fields of the resonator changed."""
        return self._replace(resonator=self.resonator.replace(**changes))

    def broadcast_to(self, shape: tuple[int, ...]) -> "Drive":
        """Copy with all arrays of one shape; scalars stay scalars."""

        def broadcast(entry):
            return jnp.broadcast_to(entry, shape) if jnp.ndim(entry) else entry

        return jax.tree.map(broadcast, self)

    def log_negativity(self, detuning: Real) -> Real:
        """Unclipped -ln(2 nu_-) at a detuning in rad/s; its slope is finite where E_N is 0."""
        drive = self.broadcast_to(detuning.shape).with_fields(detuning=detuning)
        branch = 0 if drive.branch is None else drive.branch
        return entanglement(drive.resonator, drive.direction, branch=branch, unclipped=True)


def largest_entanglement(
    resonator: SpinningResonator,
    direction: DirectionLike,
    *,
    detunings: Sequence[Any] | None = None,
    branch: ArrayLike = 0,
) -> Peak:
    r"""Largest E_N over the detuning, as in Eq. (14).

    $$
    \max_{\Delta_c} E_N(\Delta_c)
    $$

    The maximum is found to rounding. One narrower than 1/256 of the range (two steps of the search
    grid) can be missed. A batch takes some 4 kB of memory per design.

    Args:
        resonator: the device and its drive; its own detuning is not used. Fields may be arrays.
        direction: `LEFT` or `RIGHT`, or an array of signs.
        detunings: lower and upper bound of the detuning in rad/s; default -1 and 4 omega_m, each
            moved outwards by |Delta_F|, with a warning if that leaves out the resonator's own.
        branch: which mean field, counted from 0 in ascending q_s over the real solutions.

    Returns:
        The value, its detuning, and whether it is a limit at the edge of an unstable or bistable
        range; each of the common shape of the arguments. The value is 0 where no detuning
        entangles, and NaN where none has a steady state.

    Raises:
        RuntimeError: JAX is set to 32 bits.
        ValueError: `direction` is neither `LEFT` nor `RIGHT`, `branch` is not in 0..4, or
            `detunings` are not two ascending numbers.

    >>> import jaxcom as jc
    >>> peak = largest_entanglement(jc.SpinningResonator(spin=0.0), jc.LEFT)
    >>> peak.value.round(4), (peak.detuning / 63e6).round(2)
    (Array(0.1476, dtype=float64), Array(0.75, dtype=float64))
    """
    require_x64("merit.largest_entanglement")
    sign, branches = checked_branch(direction, branch)
    drive = Drive(resonator, sign, branches)
    return _clipped(maximum(Drive.log_negativity, drive, detuning_bounds(resonator, detunings)))


def largest_abs_nonreciprocity(
    resonator: SpinningResonator, *, detunings: Sequence[Any] | None = None
) -> Peak:
    r"""Largest |Delta E_N| over the detunings at which both directions have a steady state.

    $$
    \max_{\Delta_c} |E_N(\mathrm{left}) - E_N(\mathrm{right})|
    $$

    Both E_N are those of the lowest branch of the mean field.

    Args:
        resonator: the device and its drive; its own detuning is not used. Fields may be arrays.
        detunings: lower and upper bound of the detuning in rad/s; default -1 and 4 omega_m, each
            moved outwards by |Delta_F|, with a warning if that leaves out the resonator's own.

    Returns:
        The value, its detuning, and whether it is a limit at the edge of an unstable or bistable
        range; each of the shape of the designs. The value is 0 where both directions are always
        alike, and NaN where no detuning has a steady state in both.

    Raises:
        RuntimeError: JAX is set to 32 bits.
        ValueError: `detunings` are not two ascending numbers.

    >>> import jaxcom as jc
    >>> largest_abs_nonreciprocity(jc.SpinningResonator()).value.round(4)
    Array(0.1476, dtype=float64)
    """
    require_x64("merit.largest_abs_nonreciprocity")
    bounds = detuning_bounds(resonator, detunings)
    drive = from_both_sides(resonator, bounds)
    peaks = _clipped(maximum(unclipped_difference, drive, bounds))
    better = jnp.argmax(jnp.nan_to_num(peaks.value, nan=-1.0), axis=0)[None]
    return jax.tree.map(lambda x: jnp.take_along_axis(x, better, 0)[0], peaks)


def revival_factor(
    resonator: SpinningResonator,
    direction: DirectionLike,
    *,
    detunings: Sequence[Any] | None = None,
) -> Real:
    r"""Revival factor chi, Eq. (14): entanglement relative to that of the ideal device at rest.

    $$
    \chi = \frac{\max_{\Delta_c} E_N(\Omega, J)}{\max_{\Delta_c} E_N(0, 0)}
    $$

    Both maxima are those of the lowest branch of the mean field.

    Args:
        resonator: the device and its drive; its own detuning is not used. Fields may be arrays.
        direction: `LEFT` or `RIGHT`, or an array of signs.
        detunings: lower and upper bound of the detuning in rad/s; default -1 and 4 omega_m, each
            moved outwards by |Delta_F|, with a warning if that leaves out the resonator's own.

    Returns:
        chi, of the common shape of the arguments. NaN where either maximum does not exist, or where
        the ideal device is never entangled.

    Raises:
        RuntimeError: JAX is set to 32 bits.
        ValueError: `direction` is neither `LEFT` nor `RIGHT`, or `detunings` are not two ascending
            numbers.

    >>> import jaxcom as jc
    >>> device = jc.SpinningResonator(spin=23e3, backscattering=jc.SpinningResonator().kappa)
    >>> revival_factor(device, jc.RIGHT).round(3)
    Array(0.917, dtype=float64)
    """
    require_x64("merit.revival_factor")
    sign = jnp.asarray(direction_sign(direction))
    # Zeros of the same shapes, so that both maxima share one compiled program.
    zeros = {name: 0.0 * getattr(resonator, name) for name in ("spin", "backscattering")}
    ideal, any_direction = resonator.replace(**zeros), jnp.full_like(sign, int(LEFT))
    reference = largest_entanglement(ideal, any_direction, detunings=detunings).value
    revived = largest_entanglement(resonator, sign, detunings=detunings).value
    return revived / jnp.where(reference > 0, reference, jnp.nan)


def from_both_sides(resonator: SpinningResonator, bounds: tuple[Real, Real]) -> Drive:
    """The resonator driven from the left and from the right, along a new leading axis."""
    shape = common_shape((resonator, bounds))
    signs = jnp.array([LEFT, RIGHT]).reshape(2, *(1,) * len(shape))
    return Drive(resonator, jnp.broadcast_to(signs, (2, *shape)))


def unclipped_difference(drive: Drive, detuning: Real) -> Real:
    """Unclipped E_N in the direction of the drive minus the clipped E_N in the other direction.

    It equals the difference of both E_N where that is positive, and has a slope where it is 0.
    """
    direction = jnp.broadcast_to(drive.direction, detuning.shape)
    both = drive._replace(direction=jnp.stack([direction, -direction]))  # compiled once
    own, other = in_memory(both.log_negativity(jnp.stack([detuning, detuning])))
    return own - clipped(other)


@partial(jax.jit, static_argnums=0)
def maximum(
    function: Callable[[Drive, Real], Real], drive: Drive, bounds: tuple[Real, Real]
) -> Peak:
    """Highest peak of a function of a drive and a detuning, elementwise over a batch of drives."""
    shape = common_shape((drive, bounds))
    low, high = (jnp.broadcast_to(bound, shape).astype(float) for bound in bounds)
    return highest_peak(function, drive, low, high)


def common_shape(tree: Any) -> tuple[int, ...]:
    """Shape to which all leaves of a pytree broadcast."""
    return jnp.broadcast_shapes(*(jnp.shape(leaf) for leaf in jax.tree.leaves(tree)))


def _clipped(peak: Peak) -> Peak:
    """Peak of E_N = max(0, -ln(2 nu_-)), from that of -ln(2 nu_-)."""
    value = clipped(peak.value)
    return Peak(value, peak.detuning, peak.at_edge & (value > 0))


def detuning_bounds(
    resonator: SpinningResonator, detunings: Sequence[Any] | None
) -> tuple[Real, Real]:
    """Lower and upper bound of the detuning in rad/s, as given or by default.

    The default is `DETUNING_WINDOW`, with both ends moved outwards by |Delta_F|, since spinning
    shifts the maxima by that.

    Raises:
        ValueError: `detunings` are not two ascending numbers.

    >>> low, high = detuning_bounds(SpinningResonator(spin=0.0), None)
    >>> print(f"{low:.3g} {high:.3g}")
    -6.3e+07 2.52e+08
    """
    if detunings is None:
        shift = abs(resonator.sagnac_shift)
        low, high = (x * resonator.omega_m + jnp.sign(x) * shift for x in DETUNING_WINDOW)
        low, high = jnp.asarray(low), jnp.asarray(high)
        _warn_if_outside(resonator.detuning, low, high)
        return low, high
    if not any(is_traced(bound) for bound in detunings) and not _ascend(detunings):
        raise ValueError(
            "Argument `detunings` must be a lower and a higher bound, finite and real, but is "
            f"{detunings!r}."
        )
    low, high = (jnp.asarray(bound, float) for bound in detunings)
    return low, high


def _warn_if_outside(detuning: Any, low: Real, high: Real) -> None:
    """Warn if the detuning of a device lies outside the default range."""
    if any(is_traced(each) for each in (detuning, low, high)):
        return
    if np.any((np.asarray(detuning) < low) | (np.asarray(detuning) > high)):
        warnings.warn(
            f"The detuning of the device, {np.ravel(detuning)[0]:.4g} rad/s, lies outside the "
            f"default range of the search, {np.min(low):.4g} to {np.max(high):.4g} rad/s, so that "
            "the maximum may be missed; pass `detunings`.",
            stacklevel=4,
        )


def _ascend(bounds: Sequence[Any]) -> bool:
    """Whether bounds are two finite real numbers or arrays, the first below the second."""
    arrays = [np.asarray(bound) for bound in bounds]
    if len(arrays) != 2 or any(array.dtype.kind not in "iuf" for array in arrays):
        return False
    return bool(np.all(np.isfinite(arrays[0]) & np.isfinite(arrays[1]) & (arrays[0] < arrays[1])))
