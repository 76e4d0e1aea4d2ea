"""Random designs that are hard to judge: many scales, many solutions, edges of existence.

`GROUPS` maps a name to a function of a random generator and a number of designs. Edges are located
by ball arithmetic, so that these groups need python-flint.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from references import ball_arithmetic as truth
from scipy.constants import c, hbar, k

import jaxcom as jc

DISTANCES = (1e-6, 1e-8, 1e-10, 1e-12, 1e-14)
STEPS = np.array([sign * distance for distance in DISTANCES for sign in (-1, 1)])
TABLE_I = {name: float(getattr(jc.SpinningResonator(), name)) for name in truth.FIELDS}
CHUNK = 1024

Fields = dict[str, np.ndarray]
Generator = np.random.Generator


@dataclass(frozen=True)
class Batch:
    """Designs with a direction and a branch each; arrays of one length.

    Attributes:
        fields: the 13 fields of a resonator.
        direction: +1 or -1.
        branch: counted from 0 in ascending q_s.
        distance: relative distance to the edge; NaN where there is none.
    """

    fields: Fields
    direction: np.ndarray
    branch: np.ndarray
    distance: np.ndarray

    def __len__(self) -> int:
        return len(self.direction)

    def take(self, index: Any) -> "Batch":
        """Some of the designs, whose fields are copies."""
        fields = {name: values[index].copy() for name, values in self.fields.items()}
        return Batch(fields, self.direction[index], self.branch[index], self.distance[index])

    def case(self, index: int) -> tuple[dict[str, float], int, int]:
        """Design, direction and branch of one entry, as Python numbers."""
        design = {name: float(values[index]) for name, values in self.fields.items()}
        return design, int(self.direction[index]), int(self.branch[index])

    def resonator(self) -> jc.SpinningResonator:
        """The designs as a batch of the library."""
        return jc.SpinningResonator(**self.fields)


def paper(rng: Generator, size: int) -> Batch:
    """Designs about Table I: other sizes, losses, temperatures, powers, spins and detunings."""
    fields = {name: np.full(size, value) for name, value in TABLE_I.items()}
    fields |= {
        "radius": _decades(rng, 0.3e-3, 3e-3, size),
        "mass": _decades(rng, 1e-12, 1e-10, size),
        "optical_quality": _decades(rng, 1e6, 1e9, size),
        "gamma_m": _decades(rng, 1e2, 1e6, size),
        "temperature": _or_zero(rng, 0.1, _decades(rng, 1e-3, 10.0, size)),
        "spin": _or_zero(rng, 0.1, rng.uniform(-50e3, 50e3, size)),
        "power": _or_zero(rng, 0.02, _decades(rng, 1e-4, 1.0, size)),
        "detuning": rng.uniform(-1, 4, size) * TABLE_I["omega_m"],
        "backscattering": _or_zero(rng, 0.3, rng.uniform(0, 5e8, size)),
    }
    return _batch(rng, fields, np.zeros(size, int))


def many_roots(rng: Generator, size: int) -> Batch:
    """Designs with up to five solutions: strong light on two separate narrow resonances."""
    kappa = _decades(rng, 0.01, 1.0, size)
    split = rng.uniform(-15, 15, size) * kappa
    J = rng.uniform(0, 15, size) * kappa
    width = np.hypot(split, J)
    detuning = width + rng.uniform(2, 50, size) * kappa
    drive = rng.uniform(1, 6, size) * (detuning + width) * kappa**2
    rates = (kappa, _decades(rng, 1e-6, 1e-1, size), detuning, split, J, drive)
    return _batch(rng, _fields(rng, *rates), rng.choice((0, 0, 2, 4), size))


def mild(rng: Generator, size: int) -> Batch:
    """Designs with every rate over six decades about omega_m."""
    rates = _displaced(
        rng, size, kappa=(1e-3, 1e3), gamma=(1e-6, 1.0), optical=(1e-3, 1e3), shift=(1e-3, 1e3)
    )
    return _batch(rng, _fields(rng, *rates), rng.choice((0, 0, 0, 2), size))


def wide(rng: Generator, size: int) -> Batch:
    """Designs with couplings up to 1e4 omega_m and shifts up to 1e8 omega_m."""
    rates = _displaced(
        rng, size, kappa=(1e-4, 1e4), gamma=(1e-12, 1.0), optical=(1e-6, 1e6), shift=(1e-8, 5e7)
    )
    omega_m = _decades(rng, 1e3, 1e6, size)
    return _batch(rng, _fields(rng, *rates, omega_m=omega_m), np.zeros(size, int))


def folds(rng: Generator, size: int) -> Batch:
    """Designs at small relative distances in power to a fold, on both sides of it."""
    edges = []
    for batch in _drawn(rng, (paper, many_roots)):
        design, direction, _ = batch.case(0)
        powers = truth.fold_powers(design, direction)
        if powers:
            power = powers[rng.integers(len(powers))]
            branch = int(rng.choice((0, 0, 0, 1, 2)))
            edges.append(_about(batch, branch, "power", power))
        if len(edges) * len(STEPS) >= size:
            return joined(edges).take(np.arange(size))
    raise AssertionError


def hopf_edges(rng: Generator, size: int) -> Batch:
    """Designs about Table I at small relative distances to a Hopf edge in power or detuning."""
    edges: list[Batch] = []
    while len(edges) * len(STEPS) < size:
        wanted = size // len(STEPS) - len(edges) + 1
        for field, low, high in (("power", 1e-3, 1.0), ("detuning", -63e6, 4 * 63e6)):
            edges += _hopf_edges(paper(rng, wanted), field, np.linspace(low, high, 24))
    return joined(edges).take(np.arange(size))


def known(rng: Generator, size: int) -> Batch:
    """Designs that were once judged wrongly."""
    del rng
    return _read("hard_designs.json").take(slice(size))


def rare(rng: Generator, size: int) -> Batch:
    """Designs on which a single condition of stability or step of a search decides."""
    del rng
    return _read("rare_designs.json").take(slice(size))


GROUPS: dict[str, Callable[[Generator, int], Batch]] = {
    "paper": paper,
    "many roots": many_roots,
    "mild": mild,
    "wide": wide,
    "folds": folds,
    "Hopf edges": hopf_edges,
    "known": known,
}


def _read(name: str) -> Batch:
    cases = json.loads((Path(__file__).parent / name).read_text())
    fields = {field: np.array([case["design"][field] for case in cases]) for field in truth.FIELDS}
    direction, branch = (np.array([case[key] for case in cases]) for key in ("direction", "branch"))
    return Batch(fields, direction, branch, np.full(len(cases), np.nan))


def in_chunks(batch: Batch, function: Callable[[Batch], Any]) -> list[np.ndarray]:
    """Arrays that a function returns for a batch, evaluated in chunks of one size."""
    padded = np.resize(np.arange(len(batch)), -(-len(batch) // CHUNK) * CHUNK)
    parts = [function(batch.take(chunk)) for chunk in padded.reshape(-1, CHUNK)]
    return [np.concatenate(entry)[: len(batch)] for entry in zip(*parts, strict=True)]


def _batch(rng: Generator, fields: Fields, branch: np.ndarray) -> Batch:
    size = len(branch)
    return Batch(fields, rng.choice((-1, 1), size), branch, np.full(size, np.nan))


def _decades(rng: Generator, low: float, high: float, size: int) -> np.ndarray:
    return np.exp(rng.uniform(np.log(low), np.log(high), size))


def _signed(rng: Generator, low: float, high: float, size: int) -> np.ndarray:
    return rng.choice((-1, 1), size) * _decades(rng, low, high, size)


def _or_zero(rng: Generator, share: float, values: np.ndarray) -> np.ndarray:
    return np.where(rng.random(len(values)) < share, 0.0, values)


def _displaced(rng: Generator, size: int, *, kappa, gamma, optical, shift) -> tuple:
    """Rates, in units of omega_m; most have a solution of Eq. (7) at a random shift."""
    decay, x = _decades(rng, *kappa, size), _decades(rng, *shift, size)
    near = _decades(rng, *optical, size) * np.where(rng.random(size) < 0.8, 1, -1)
    split = _or_zero(rng, 0.1, _signed(rng, *optical, size))
    J = _or_zero(rng, 0.1, _decades(rng, *optical, size))
    photons = decay**2 + (near - split) ** 2 + J**2
    modulus = abs((decay + 1j * (near + split)) * (decay + 1j * (near - split)) + J**2) ** 2
    drive = x * modulus / photons
    detuning = near + _or_zero(rng, 0.3, x)
    return decay, _decades(rng, *gamma, size), detuning, split, J, drive


def _fields(rng, kappa, gamma, detuning, split, J, drive, omega_m=63e6) -> Fields:
    """Fields of devices with the given rates in units of omega_m; `drive` is that of Eq. (7)."""
    size = len(kappa)
    n, wavelength = rng.uniform(1.3, 3.5, size), _decades(rng, 3e-7, 5e-6, size)
    R, m = _decades(rng, 1e-5, 1e-2, size), _decades(rng, 1e-15, 1e-8, size)
    omega_c, dispersion = 2 * np.pi * c / wavelength, rng.uniform(-0.1, 0.1, size)
    coupling2 = (omega_c / R) ** 2 * hbar / (m * omega_m)
    laser = omega_c - detuning * omega_m
    heat = hbar * omega_m / k * _decades(rng, 1e-2, 1e6, size)
    return {
        "refractive_index": n, "dispersion": dispersion, "radius": R, "mass": m,
        "wavelength": wavelength, "optical_quality": omega_c / (kappa * omega_m),
        "omega_m": np.full(size, omega_m), "gamma_m": gamma * omega_m,
        "temperature": _or_zero(rng, 0.1, heat),
        "spin": split * omega_m / (n * R * omega_c / c * (1 - 1 / n**2 - dispersion)),
        "power": drive * omega_m**4 * hbar * laser / (2 * kappa * omega_m * coupling2),
        "detuning": detuning * omega_m, "backscattering": J * omega_m,
    }  # fmt: skip


def _drawn(rng: Generator, groups: tuple) -> Iterator[Batch]:
    """Single designs, alternately from some groups."""
    while True:
        batches = [group(rng, 256) for group in groups]
        for i in range(256):
            yield from (batch.take([i]) for batch in batches)


def _about(batch: Batch, branch: int, field: str, edge: truth.arb) -> Batch:
    """A design with a field at small relative distances to an edge."""
    at = batch.take(np.zeros(len(STEPS), int))
    at.fields[field] = np.array([float(edge * (1 + truth.arb(step))) for step in STEPS])
    return Batch(at.fields, at.direction, np.full(len(STEPS), branch), np.abs(STEPS))


def joined(batches: list[Batch]) -> Batch:
    fields = {n: np.concatenate([b.fields[n] for b in batches]) for n in truth.FIELDS}
    rest = ([getattr(b, name) for b in batches] for name in ("direction", "branch", "distance"))
    return Batch(fields, *map(np.concatenate, rest))


def _hopf_edges(batch: Batch, field: str, grid: np.ndarray) -> list[Batch]:
    """Neighborhoods of the first Hopf edges along a field, one for each design that has one."""
    size, points = len(batch), len(grid)
    every = batch.take(np.repeat(np.arange(size), points))
    every.fields[field] = np.tile(grid, size)
    count, stable = (each.reshape(size, points) for each in in_chunks(every, _judged))
    crosses = (stable[:, 1:] != stable[:, :-1]) & (count[:, 1:] == count[:, :-1])
    chosen, first = np.flatnonzero(crosses.any(axis=1)), crosses.argmax(axis=1)
    if not len(chosen):
        return []
    low, high = grid[first[chosen]], grid[first[chosen] + 1]
    found = batch.take(chosen)
    low, high = _bisected(found, field, low, high, stable[chosen, first[chosen]])
    return list(_neighborhoods(found, field, low, high))


def _bisected(batch: Batch, field: str, low, high, stable_low) -> tuple[np.ndarray, np.ndarray]:
    for _ in range(25):
        middle = (low + high) / 2
        there = replace(batch, fields=batch.fields | {field: middle})
        below = in_chunks(there, _judged)[1] == stable_low
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return low, high


def _neighborhoods(batch: Batch, field: str, low, high) -> Iterator[Batch]:
    for i in range(len(batch)):
        design, direction, branch = batch.case(i)
        try:
            edge = truth.hopf_edge(design, direction, branch, field, (low[i], high[i]))
        except truth.Undecided:  # a step of the search for the edge has met it
            continue
        if edge is not None and edge != 0:
            yield _about(batch.take([i]), branch, field, edge)


def _judged(batch: Batch) -> tuple[np.ndarray, np.ndarray]:
    """Number of solutions, and whether the margin of stability is positive, by the library."""
    resonator = batch.resonator()
    field = jc.mean_field(resonator, batch.direction)
    state = jc.steady_state(resonator, batch.direction, branch=batch.branch)
    return np.asarray(field.count), np.asarray(state.margin) > 0
