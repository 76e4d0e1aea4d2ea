"""Faults of the library's numbers against ball arithmetic: counts, verdicts, entanglement."""

import math
from collections import Counter
from typing import Any, NamedTuple

import numpy as np
from references import ball_arithmetic as truth
from references.design_groups import Batch, in_chunks

import jaxcom as jc

TOLERANCE = 1e-12
"""Error of E_N that is accepted in any case."""

CONDITIONINGS = 10
"""Error of E_N that is accepted, in changes by a rounding of the inputs."""

VERDICTS = ("STABLE", "UNSTABLE", "NO_SUCH_BRANCH", "INVALID_INPUT")
CODES = [int(jc.Status[name]) for name in VERDICTS]

COUNT, FAST, STATE = "count", "verdict of entanglement", "verdict of steady_state"
CONTRADICTION = "margin against status"
FAST_VALUE, STATE_VALUE = "E_N of entanglement", "E_N of steady_state"
UNDECIDED = "undecided by ball arithmetic"
FAULTS = (COUNT, FAST, STATE, CONTRADICTION, FAST_VALUE, STATE_VALUE, UNDECIDED)


class Computed(NamedTuple):
    """Numbers of the library for a batch, or for one design of it.

    Attributes:
        count: number of branches, of `mean_field`.
        fast: unclipped E_N of `entanglement`.
        status: of `steady_state`.
        margin: of `steady_state`, in rad/s.
        log_negativity: of `steady_state`.
    """

    count: Any
    fast: Any
    status: Any
    margin: Any
    log_negativity: Any

    def at(self, index: Any) -> "Computed":
        """Numbers of one or some designs."""
        return Computed(*(entry[index] for entry in self))


class Fault(NamedTuple):
    """Number of the library that no rounding of the inputs explains.

    Attributes:
        index: which design of the batch.
        name: one of `FAULTS`.
        text: what was computed and what is true.
        error: of E_N; NaN for verdicts.
    """

    index: int
    name: str
    text: str
    error: float = math.nan


class Comparison(NamedTuple):
    """Result of a comparison of a batch.

    Attributes:
        compared: designs that were compared with ball arithmetic.
        withheld: designs whose result the library withholds.
        faults: all that were found.
    """

    compared: np.ndarray
    withheld: np.ndarray
    faults: list[Fault]

    def number(self, name: str) -> int:
        """How many faults of one name there are."""
        return Counter(fault.name for fault in self.faults)[name]

    def worst(self, name: str) -> float:
        """Largest error among the faults of one name, or 0."""
        return max((fault.error for fault in self.faults if fault.name == name), default=0.0)


def compare(batch: Batch, sample: int, seed: int = 0) -> Comparison:
    """Comparison of a random sample and of all designs where the library contradicts itself.

    Args:
        batch: designs.
        sample: size of the sample; the whole batch if it is not larger.
        seed: of the sample.
    """
    found = computed(batch)
    chosen = np.random.default_rng(seed).permutation(len(batch))[:sample]
    compared = np.union1d(chosen, np.flatnonzero(suspects(found)))
    kept = ~withheld(found)
    faults = contradictions(found)
    for i in compared:
        faults += faults_of(batch, int(i), found.at(i), bool(kept[i]))
    return Comparison(compared, np.flatnonzero(~kept), faults)


def computed(batch: Batch) -> Computed:
    """Numbers of the library for a batch."""
    return Computed(*in_chunks(batch, _computed))


def withheld(found: Computed) -> np.ndarray:
    """Designs for which the library gives no verdict."""
    return ~np.isin(found.status, CODES)


def suspects(found: Computed) -> np.ndarray:
    """Designs where the two paths or status and margin disagree."""
    stable = found.status == int(jc.Status.STABLE)
    apart = np.abs(np.maximum(found.fast, 0) - found.log_negativity) > TOLERANCE
    return (np.isfinite(found.fast) != stable) | apart | _contradictory(found)


def contradictions(found: Computed) -> list[Fault]:
    """Designs whose margin and status exclude each other."""
    chosen = np.flatnonzero(_contradictory(found) & ~withheld(found)).tolist()
    texts = (f"{_name(found.status[i])}, margin {found.margin[i]:.2g} rad/s" for i in chosen)
    return [Fault(i, CONTRADICTION, text) for i, text in zip(chosen, texts, strict=True)]


def faults_of(batch: Batch, index: int, found: Computed, kept: bool = True) -> list[Fault]:
    """Faults of one design; verdicts count if `kept`."""
    case = batch.case(index)
    try:
        state = truth.steady_state(*case)
        faults = _wrong_verdicts(case, state, found, kept) + _wrong_values(case, state, found)
    except truth.Undecided as error:
        faults = [(UNDECIDED, str(error))]
    return [Fault(index, *fault) for fault in faults]


def _wrong_verdicts(case: tuple, state: truth.State, found: Computed, kept: bool) -> list[tuple]:
    judged = {COUNT: int(found.count)}
    if kept:
        judged |= {FAST: bool(np.isfinite(found.fast)), STATE: int(found.status)}
    true = _judgements(state.count, state.status)
    wrong = [name for name, said in judged.items() if said != true[name]]
    if not wrong:
        return []
    nearby = [_judgements(*each) for each in truth.verdicts_within_rounding(*case)]
    return [
        (name, f"{judged[name]}, true {true[name]}")
        for name in wrong
        if judged[name] not in [each[name] for each in nearby]
    ]


def _judgements(count: int, status: int) -> dict[str, int]:
    return {COUNT: count, FAST: status == truth.STABLE, STATE: status}


def _wrong_values(case: tuple, state: truth.State, found: Computed) -> list[tuple]:
    if state.log_negativity is None:
        return []
    true = state.log_negativity.max(truth.arb(0))
    values = {FAST_VALUE: max(found.fast, 0.0), STATE_VALUE: found.log_negativity}
    values = {name: value for name, value in values.items() if np.isfinite(value)}
    errors = {name: _distance(value, true) for name, value in values.items()}
    if max(errors.values(), default=0.0) <= TOLERANCE:
        return []
    allowed = max(TOLERANCE, CONDITIONINGS * truth.conditioning(*case))
    return [
        (name, _described(values[name], true, allowed), error)
        for name, error in errors.items()
        if error > allowed
    ]


def _distance(got: float, true: truth.arb) -> float:
    return float(abs(truth.arb(float(got)) - true))


def _described(got: float, true: truth.arb, allowed: float) -> str:
    return f"{got:.6g}, true {float(true):.6g}, allowed {allowed:.1e}"


def _computed(batch: Batch) -> tuple[np.ndarray, ...]:
    resonator = batch.resonator()
    count = jc.mean_field(resonator, batch.direction).count
    fast = jc.entanglement(resonator, batch.direction, branch=batch.branch, unclipped=True)
    state = jc.steady_state(resonator, batch.direction, branch=batch.branch)
    entries = (count, fast, state.status, state.margin, state.log_negativity)
    return tuple(np.asarray(entry) for entry in entries)


def _contradictory(found: Computed) -> np.ndarray:
    stable, unstable = (found.status == int(s) for s in (jc.Status.STABLE, jc.Status.UNSTABLE))
    return (stable & ~(found.margin > 0)) | (unstable & (found.margin > 0))


def _name(status: int) -> str:
    return jc.Status(int(status)).name
