"""Sharpness of an optimum: the steps that lower its value by 1 %."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from ..results.optimum import Optimum

LOSS = 0.01  # of the value, that a step may cost


class PrincipalDirection(NamedTuple):
    """Principal direction of an optimum, with the step along it that lowers the value by `LOSS`.

    Attributes:
        kind: "peak", "ridge", or the bound that the step leaves, as text.
        width: length of the step in the unit cube; infinite along a ridge.
        changes: change of each free field by the step, in SI units.
    """

    kind: str
    width: float
    changes: dict[str, float]


def principal_directions(best: Optimum) -> list[PrincipalDirection]:
    """Principal directions of an optimum; an empty list if the search found none.

    The loss at a distance s is |c| s^2 / 2 along a direction of curvature c, and the slope times s
    away from an active bound.
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
    """Step from an active bound inwards, to first order."""
    k = best.box.names.index(name)
    inward = -np.eye(best.unit.size)[k] if side == "upper" else np.eye(best.unit.size)[k]
    slope = abs(best.gradient[name] * best.box.derivatives(best.unit)[k])
    width = allowed / slope if slope > 0 else np.inf
    return PrincipalDirection(f"{name} from its {side} bound", width, _changes(best, inward, width))


def _changes(best: Optimum, direction: Float[np.ndarray, " d"], width: float) -> dict[str, float]:
    """Changes of the fields by a step, to first order; along a ridge by a step of length 1."""
    step = direction * (width if np.isfinite(width) else 1.0) * best.box.derivatives(best.unit)
    return dict(zip(best.box.names, map(float, step), strict=True))
