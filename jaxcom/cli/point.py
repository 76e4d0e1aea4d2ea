"""Command `jaxcom point`: steady states and entanglement of one design."""

import argparse
import functools
import json
from collections.abc import Callable, Sequence
from typing import Any

import jax.numpy as jnp

import jaxcom as jc
from jaxcom.cli import arguments
from jaxcom.cli.parser import Parser
from jaxcom.direction import NAMED_DIRECTIONS
from jaxcom.io.design_file import jsonable
from jaxcom.io.quantities import read_quantity, with_quantities
from jaxcom.resonator import PARAMETERS

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

_VALUES = """a value X is a number or, for a field in rad/s, a number times omega_m or kappa:
63e6, 0.3*omega_m, -1*kappa"""


def prepare(argv: Sequence[str]) -> Callable[[], int]:
    """Read the arguments and return the function that evaluates the design."""
    chosen = arguments.read_settings(_parser(), argv)
    with arguments.naming_config(chosen):
        device = with_quantities(*arguments.read_device(chosen))
    return functools.partial(_evaluate, chosen, device)


def _evaluate(chosen: argparse.Namespace, device: jc.SpinningResonator) -> int:
    """Evaluate a design and print the result; an unstable design is not an error."""
    states = [
        jc.steady_state(device, direction, branch=chosen.branch)
        for direction in NAMED_DIRECTIONS[chosen.direction]
    ]
    if chosen.json:
        print(json.dumps(jsonable(_content(device, states)), indent=2, allow_nan=False))
    else:
        print("\n\n".join(map(str, [device, *states])))
    return 0


def _parser() -> Parser:
    parser = Parser(
        prog="jaxcom point",
        description="Evaluate one design: steady states, and entanglement of light and motion.",
        epilog=arguments.PRECEDENCE,
    )
    parser.add_argument(
        "--direction", choices=NAMED_DIRECTIONS, default="both",
        help="side that the light comes from; default both",
    )  # fmt: skip
    parser.add_argument(
        "--branch", type=int, choices=range(5), default=0, metavar="N",
        help="mean-field solution, 0..4 in order of increasing displacement; default 0",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print a JSON object; NaN is null")
    arguments.add_device_flags(parser, read_quantity, _VALUES)
    return parser


def _content(device: jc.SpinningResonator, states: Sequence[jc.SteadyState]) -> dict[str, Any]:
    """Content of the JSON object."""
    return {
        "parameters": {name: getattr(device, name) for name in PARAMETERS},
        "derived": {name: getattr(device, name) for name in DERIVED},
        "branch": int(states[0].branch),
        "directions": {jc.Direction(int(s.direction)).label: _state(s) for s in states},
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
