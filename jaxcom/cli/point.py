"""`jaxcom point`: one design, its steady states and their entanglement."""

import argparse
import functools
import json
from collections.abc import Callable, Sequence
from typing import Any

import jax.numpy as jnp

import jaxcom as jc
from jaxcom.cli import arguments
from jaxcom.cli.parser import Parser
from jaxcom.io.design_file import jsonable
from jaxcom.io.quantities import fixed, quantity
from jaxcom.resonator import PARAMETERS

SIDES = {"left": (jc.LEFT,), "right": (jc.RIGHT,), "both": (jc.LEFT, jc.RIGHT)}
DERIVED = (
    "omega_c",
    "omega_l",
    "kappa",
    "coupling",
    "drive_amplitude",
    "sagnac_shift",
    "thermal_phonons",
    "zero_point_motion",
)

_VALUES = """a value X is a number, or a number times omega_m or kappa where a rate is asked for:
63e6, 0.3*omega_m, -1*kappa"""


def prepare(argv: Sequence[str]) -> Callable[[], int]:
    """Read what is to be evaluated."""
    chosen = arguments.settings(_parser(), argv)
    base, given = arguments.device_of(chosen)
    return functools.partial(_evaluate, chosen, fixed(base, given))


def _evaluate(chosen: argparse.Namespace, device: jc.SpinningResonator) -> int:
    """Evaluate a design and print it; an unstable one is a finding, not an error."""
    states = [
        jc.steady_state(device, side, branch=chosen.branch) for side in SIDES[chosen.direction]
    ]
    if chosen.json:
        print(json.dumps(jsonable(_content(device, states)), indent=2, allow_nan=False))
    else:
        print("\n\n".join(map(str, [device, *states])))
    return 0


def _parser() -> Parser:
    parser = Parser(
        prog="jaxcom point",
        description="Evaluate one design: steady states and entanglement of light and motion.",
        epilog=arguments.PRECEDENCE,
    )
    parser.add_argument("--direction", choices=SIDES, default="both", help="of the light; both")
    parser.add_argument(
        "--branch", type=int, choices=range(5), default=0, metavar="N",
        help="which mean field, 0..4 in ascending displacement; default 0",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print one JSON object; NaN is null")
    arguments.add_device(parser, quantity, _VALUES)
    return parser


def _content(device: jc.SpinningResonator, states: Sequence[jc.SteadyState]) -> dict[str, Any]:
    return {
        "parameters": {name: getattr(device, name) for name in PARAMETERS},
        "derived": {name: getattr(device, name) for name in DERIVED},
        "branch": int(states[0].branch),
        "directions": {jc.Direction(int(s.direction)).name.lower(): _state(s) for s in states},
    }


def _state(state: jc.SteadyState) -> dict[str, Any]:
    return {
        "status": jc.Status(int(state.status)).name.lower().replace("_", " "),
        "margin": state.margin,
        "q_s": state.q_s,
        "photons": state.photons,
        "detuning": state.detuning,
        "coupling": jnp.stack([state.coupling.real, state.coupling.imag], axis=-1),
        "log_negativity": state.log_negativity,
        "log_negativity_reflected": state.log_negativity_reflected,
    }
