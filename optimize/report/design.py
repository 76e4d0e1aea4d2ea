"""Summary of a search for the design file of its optimum."""

from typing import Any

from ..box import Box, Log
from ..results.certificate import Certificate
from ..results.optimum import Optimum, Side


def search_entry(best: Optimum) -> dict[str, Any]:
    """Summary of a search as numbers, strings, lists and dictionaries, for JSON."""
    history = best.history
    return {
        "objective": best.objective,
        "value": best.value,
        "verified_value": best.verified_value,
        "status": best.status.name.lower().replace("_", " "),
        "certificate": best.certificate and _certificate(best.certificate),
        "left": _side(best.left),
        "right": _side(best.right),
        "gradient": best.gradient,
        "active_bounds": best.active,
        "box": _box(best.box),
        "constraints": [constraint.name for constraint in best.problem.constraints],
        "margin_asked_for": best.margin,
        "seed": best.seed,
        "rounds": len(history.rounds),
        "starts": history.rounds[0].shape[1],
        "steps": len(history.rounds[0]),
    }


def _certificate(proof: Certificate) -> dict[str, Any]:
    fields = {name: getattr(proof, name) for name in proof.__dataclass_fields__}
    return {"holds": proof.holds} | fields


def _side(side: Side) -> dict[str, float]:
    return {
        "log_negativity": side.log_negativity,
        "verified_log_negativity": side.verified.log_negativity,
        "margin": side.verified.margin,
    }


def _box(box: Box) -> dict[str, dict[str, Any]]:
    return {
        name: {
            "low": interval.low,
            "high": interval.high,
            "scale": "log" if isinstance(interval, Log) else "linear",
        }
        for name, interval in box.intervals.items()
    }
