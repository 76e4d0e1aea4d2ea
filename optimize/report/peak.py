"""How sharp an optimum is: by how much it may be left until a share of it is lost."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from ..results.optimum import Optimum

LOSS = 0.01


class PrincipalDirection(NamedTuple):
    """A direction in which an optimum may be left.

    Attributes:
        kind: what the loss goes with there, in words.
        width: how far, in the unit cube; infinite along a ridge.
        changes: of each free field, in SI units, at that distance.
    """

    kind: str
    width: float
    changes: dict[str, float]


def directions(best: Optimum) -> list[PrincipalDirection]:
    """How far each direction may be gone until 1 % is lost, in second order or, from bounds, first.

    Along a direction of curvature c the loss at distance s is |c| s^2 / 2; from an active bound it
    is the slope times s.
    """
    proof = best.certificate
    if proof is None:
        return []
    allowed = LOSS * abs(best.value)
    found = []
    for curvature, direction in zip(proof.curvatures, proof.directions, strict=True):
        ridge = abs(curvature) <= proof.flat
        width = np.inf if ridge else float(np.sqrt(2 * allowed / abs(curvature)))
        kind = "ridge" if ridge else "peak"
        found.append(PrincipalDirection(kind, width, _changes(best, direction, width)))
    return found + [_from_bound(best, name, side, allowed) for name, side in best.active.items()]


def _from_bound(best: Optimum, name: str, side: str, allowed: float) -> PrincipalDirection:
    """Away from an active bound, to first order."""
    k = best.box.names.index(name)
    inward = -np.eye(best.unit.size)[k] if side == "upper" else np.eye(best.unit.size)[k]
    slope = abs(best.gradient[name] * _stretch(best)[k])
    width = allowed / slope if slope > 0 else np.inf
    return PrincipalDirection(f"{name} from its {side} bound", width, _changes(best, inward, width))


def _changes(best: Optimum, direction: Float[np.ndarray, " d"], width: float) -> dict[str, float]:
    """What a step does to the fields, to first order; where it has no end, their proportions."""
    step = direction * (width if np.isfinite(width) else 1.0) * _stretch(best)
    return dict(zip(best.box.names, map(float, step), strict=True))


def _stretch(best: Optimum) -> Float[np.ndarray, " d"]:
    """The slopes of the fields by the coordinates of the unit cube."""
    box, unit = best.box, jnp.asarray(best.unit)
    slopes = [jax.grad(box.intervals[n].at)(u) for n, u in zip(box.names, unit, strict=True)]
    return np.array([float(slope) for slope in slopes])
