"""The 230 reference designs, evaluated elsewhere in 50-digit arithmetic, as one batch."""

import json
from pathlib import Path

import jax.numpy as jnp
import numpy as np

from jaxcom import SpinningResonator

FIELDS = {
    "n": "refractive_index", "dispersion": "dispersion", "R": "radius", "m": "mass",
    "lam": "wavelength", "Q": "optical_quality", "wm": "omega_m", "gm": "gamma_m",
    "T": "temperature", "Omega": "spin", "P": "power", "Dc": "detuning", "J": "backscattering",
}  # fmt: skip

CASES = json.loads((Path(__file__).parent / "steady_states.json").read_text())["cases"]
DESIGNS = SpinningResonator(
    **{name: np.array([case["design"][key] for case in CASES]) for key, name in FIELDS.items()}
)
DIRECTIONS = jnp.array([case["design"]["direction"] for case in CASES])
COUNTS = np.array([len(case["branches"]) for case in CASES])


def branches(key: str, missing=np.nan) -> np.ndarray:
    """A quantity of every branch: (5, 230, ...), NaN or `missing` where there is no such branch."""
    example = next(np.asarray(b[key]) for case in CASES for b in case["branches"] if key in b)
    values = np.full((5, len(CASES), *example.shape), missing)
    for i, case in enumerate(CASES):
        for k, branch in enumerate(case["branches"]):
            values[k, i] = branch.get(key, missing)
    return values


def relative(computed, expected) -> float:
    """The largest relative error, absolute where the expected value is 0; NaN must meet NaN."""
    computed, expected = np.asarray(computed), np.asarray(expected)
    np.testing.assert_array_equal(np.isnan(computed), np.isnan(expected))
    scale = np.where(expected == 0, 1.0, np.abs(expected))
    return float(np.nanmax(np.abs(computed - expected) / scale))
