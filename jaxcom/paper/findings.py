"""Where the paper, its own equations and these results disagree, with the numbers computed now."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
import scipy.linalg
import scipy.optimize
import xarray as xr

from jaxcom import taper as mechanics
from jaxcom.constants import hbar
from jaxcom.direction import LEFT, RIGHT, Direction
from jaxcom.gaussian import uncertainty_slack
from jaxcom.linearized import diffusion
from jaxcom.merit import smallest_nonreciprocal_quality
from jaxcom.paper.blocks import (
    DEVICE,
    KAPPA,
    OMEGA_M,
    chi,
    evaluated,
    fields_of,
    largest,
    linearized,
)
from jaxcom.paper.designs import SIDES, detunings
from jaxcom.paper.figure_2 import NONRECIPROCAL
from jaxcom.paper.figure_3 import PRINTED_CHI, revival
from jaxcom.paper.figure_s1 import PRINTED_OMEGA_0, TAPER, implied_taper
from jaxcom.paper.figure_s2 import scattering
from jaxcom.paper.panel import Resolution
from jaxcom.resonator import SpinningResonator

Data = Mapping[str, xr.Dataset]
"""What was computed for the panels, by their names."""

STRONG = 100e-3
"""The larger of the powers of Table I in W."""


class Finding(NamedTuple):
    """A disagreement, or a thing that the paper leaves open, as Markdown."""

    title: str
    text: str


def all_found(data: Data, resolution: Resolution) -> list[Finding]:
    """Every finding, computed now; `data` holds all panels."""
    tell: list[Callable[[], Finding]] = [
        _coefficients,
        lambda: _minors(data["S2b"]),
        _unstable_direction,
        _viscosity,
        lambda: _chi_of_the_paper(data["3f"]),
        lambda: _chi_above_one(data["3f"], resolution),
        _branches,
        _elastic_limit,
        _hamaker,
        _quality,
        _uncertainty,
        _constants,
    ]
    return [one() for one in tell]


def _coefficients() -> Finding:
    """The characteristic polynomial from A against the eigenvalues of A."""
    axes = np.meshgrid(np.linspace(0, 30e3, 13), detunings(-1, 4, 41), indexing="ij")
    found = linearized(scattering(spin=axes[0].ravel(), detuning=axes[1].ravel()), int(RIGHT))
    ours = found.coefficients / OMEGA_M ** np.arange(1, 7)
    poles = np.linalg.eigvals(found.drift / OMEGA_M)
    exact = np.array([np.poly(roots)[1:].real for roots in poles])
    worst = np.max(np.abs(ours - exact) / np.abs(exact).max(axis=-1, keepdims=True))
    return Finding(
        "The closed forms of S3.15 and S3.16",
        "The printed closed forms define sigma_2 twice, and a_4, a_5 and a_6 as printed are not "
        "the coefficients of det(s - A) with the A of Eq. (6). Here they are computed from A "
        f"itself; over the panel of Fig. S2(b) they agree to {worst:.0e} of the largest with those "
        "that the eigenvalues of A give.",
    )


def _minors(data: xr.Dataset) -> Finding:
    true, printed = ~data["minor_is_positive"], ~data["printed_minor_is_positive"]
    counts = [int(array.sel(order=5).sum()) for array in (true, printed)]
    points = data["spin"].size * data["detuning"].size
    changing = [k for k in range(1, 7) if bool(true.sel(order=k).any())]
    return Finding(
        "The minors of S3.17",
        "S3.17 zeroes every index above k, not above 6, and so drops a_6 from theta_5. Over the "
        f"panel of Fig. S2(b) the true theta_5 is negative at {counts[0]} of {points} points "
        f"({counts[0] / points:.1%}), the printed one at {counts[1]} ({counts[1] / points:.1%}). "
        f"Of the true minors only theta_{' and theta_'.join(map(str, changing))} change sign "
        "there, as the paper says. The panels show the true ones.",
    )


def _unstable_direction() -> Finding:
    fields = fields_of(DEVICE.replace(detuning=NONRECIPROCAL * OMEGA_M))
    left = evaluated(fields, int(LEFT), ("log_negativity",))["log_negativity"].item()
    growth = np.linalg.eigvals(linearized(fields, int(RIGHT)).drift).real.max() / OMEGA_M
    return Finding(
        "The direction that is not entangled in Fig. 2",
        f"At Delta_c = {NONRECIPROCAL:g} omega_m light from the left finds E_N = {left:.4f}. For "
        "light from the right the paper shows 0, but the drift matrix has an eigenvalue of real "
        f"part {growth:+.3f} omega_m: there is no steady state and so no E_N. The figures hatch "
        "such ranges.",
    )


def _viscosity() -> Finding:
    implied = implied_taper().viscosity
    air = mechanics.spin_limits(TAPER, DEVICE)
    return Finding(
        "The viscosity that is not stated",
        f"Omega_0 = {PRINTED_OMEGA_0 / 1e6:.1f}e6 rad/s implies mu = {implied:.3g} Pa s, "
        f"{TAPER.viscosity / implied:.0f} times less than the {TAPER.viscosity:.3g} of air at room "
        f"temperature, with which the three limits are {_power(air.aerodynamic)}, "
        f"{_power(air.contact)} and {_power(air.elastic)} rad/s: still above the spins used. The "
        "panels of Figs. S1 and S2(a) use the implied value.",
    )


def _chi_of_the_paper(data: xr.Dataset) -> Finding:
    values = data["revival_factor"].where(data["backscattering"] > 0)
    shares = {
        n: float((values.sel(direction=int(s)) >= PRINTED_CHI).sum() / values[0].notnull().sum())
        for n, s in SIDES.items()
    }
    rows = [
        f"| {strength:g} kappa | "
        + " | ".join(_reached(strength, s) for s in SIDES.values())
        + " |"
        for strength in (0.05, 0.1, 0.25, 0.5, 1.0)
    ]
    table = "\n".join(["| J | from the left | from the right |", "|---|---|---|", *rows])
    return Finding(
        f"Which device has chi = {PRINTED_CHI:.1%}",
        "A whole line of devices has; the spin in rad/s from which chi stays above it, up to 90e3:"
        f"\n\n{table}\n\nOf the panel of Fig. 3(f), J from above 0 to 2 kappa and Omega up to "
        f"30e3 rad/s, {shares['left']:.1%} exceed it with light from the left and "
        f"{shares['right']:.1%} with light from the right.",
    )


def _reached(strength: float, side: Direction) -> str:
    """The spin from which chi exceeds the printed value."""

    def excess(spins: np.ndarray) -> np.ndarray:
        J = np.array([strength * KAPPA])
        return chi({"spin": spins, "backscattering": J}, int(side)) - PRINTED_CHI

    spins = np.linspace(0, 90e3, 61)
    below = np.flatnonzero(~(excess(spins) > 0))
    if not below.size:
        return "0"
    if below[-1] == len(spins) - 1:
        return "above 90e3"
    ends = spins[below[-1] : below[-1] + 2]
    root = scipy.optimize.brentq(lambda spin: excess(np.array([spin])).item(), *ends, xtol=1.0)
    return f"{root:.0f}"


def _chi_above_one(data: xr.Dataset, resolution: Resolution) -> Finding:
    weak = float(data["revival_factor"].max()) - 1
    strong = revival(resolution, STRONG)["revival_factor"]
    best = strong.stack(all=strong.dims).isel(all=int(strong.values.argmax()))
    device = DEVICE.replace(power=STRONG, spin=0.0)
    limit = largest(device, LEFT)
    revived = largest(
        device.replace(spin=float(best.spin), backscattering=float(best.backscattering)),
        Direction(int(best.direction)),
    )
    x, kind = limit.detuning, {True: "a limit at such an edge", False: "a true maximum"}
    counts = _branch_counts(device, np.array([x - 1e3, x + 1e3]))
    side = Direction(int(best.direction)).name.lower()
    return Finding(
        "Whether chi exceeds 1",
        f"At 20 mW only by {weak:.0e}: eps depends on omega_l = omega_c - Delta_c, and a maximum "
        "that the spin shifts to a larger Delta_c sees a little more drive. At 100 mW it does. "
        f"The maximum of the ideal device, {limit.value:.4f} at {x / OMEGA_M:.4f} omega_m, "
        "is no place of vanishing slope there: E_N rises up to the edge of a bistable range, with "
        f"{counts[0]} mean field just below and {counts[1]} just above. Backscattering and spin "
        f"move that edge. The largest chi of the panel, {float(best):.4f}, is found at J = "
        f"{float(best.backscattering) / KAPPA:.2f} kappa, Omega = {float(best.spin):.0f} rad/s "
        f"with light from the {side}, where the largest E_N, {revived.value:.4f}, is "
        f"{kind[bool(revived.at_edge)]}. A device at an edge is not robust, so that chi compares "
        "little there.",
    )


def _branches() -> Finding:
    x = detunings(-1, 4, 5001)
    rows = []
    for power in (20e-3, STRONG):
        device = DEVICE.replace(spin=0.0, power=power)
        lowest = largest(device, LEFT).value
        stable = [_on_branch(device, x, k, "log_negativity") for k in (0, 2)]
        on_any = np.nanmax(np.concatenate(stable)).item()
        several = float(np.mean(_branch_counts(device, x) > 1))
        found = f"{lowest:.4f} | {max(on_any, lowest):.4f}"
        rows.append(f"| {power * 1e3:g} mW | {several:.1%} | {found} |")
    head = "| P | detunings with several mean fields | max E_N on branch 0 | on any stable branch |"
    table = "\n".join([head, "|---|---|---|---|", *rows])
    return Finding(
        "Which branch is used",
        "The paper does not say. Here it is the lowest, branch 0, everywhere. For the ideal "
        f"device, J = Omega = 0, over -1..4 omega_m:\n\n{table}",
    )


def _branch_counts(device: SpinningResonator, at: np.ndarray) -> np.ndarray:
    """How many mean fields, 1 or 3 at J = 0, some detunings have for light from the left."""
    return np.where(np.isnan(_on_branch(device, at, 1, "q_s")), 1, 3)


def _on_branch(device: SpinningResonator, at: np.ndarray, branch: int, output: str) -> np.ndarray:
    return evaluated(fields_of(device) | {"detuning": at}, int(LEFT), (output,), branch)[output]


def _elastic_limit() -> Finding:
    limits = mechanics.spin_limits(TAPER, DEVICE)
    published = float(limits.elastic / limits.aerodynamic)

    def excess(share: float) -> float:
        device = DEVICE.replace(spin=share * float(limits.aerodynamic))
        return float(mechanics.strain(TAPER, device) - TAPER.elastic_limit / TAPER.youngs_modulus)

    exact = scipy.optimize.brentq(excess, 1e-3, 1 - 1e-9)
    return Finding(
        "The elastic limit of the taper",
        f"Omega_2 = {published:.3f} Omega_0 takes the strain in lowest order, phi^2/6. The strain "
        f"of S2.5 itself, asin(phi)/phi - 1, reaches Y/E already at {exact:.3f} Omega_0. Omega_1 "
        "is far below both, so that Omega_max does not change.",
    )


def _hamaker() -> Finding:
    printed = float(mechanics.hamaker_constant(TAPER, DEVICE))
    return Finding(
        "The Hamaker constant",
        f"S2.7 prints hbar nu_e where the theory of Lifshitz has h nu_e; as printed Ha = "
        f"{printed:.2e} J, with h it would be {2 * np.pi:.2f} times as large. Next to the force of "
        "the air neither is seen at 250 nm.",
    )


def _quality() -> Finding:
    levels = (1e-2, 1e-3, 1e-4)
    found = [float(smallest_nonreciprocal_quality(DEVICE, level)) for level in levels]
    pairs = zip(levels, found, strict=True)
    told = ", ".join(f"{level:g} from Q = {_power(quality)}" for level, quality in pairs)
    return Finding(
        "Nonreciprocity at low optical quality",
        "The paper has it persist for Q >= 1e7. By its equations the largest |Delta E_N| over the "
        f"detuning falls steeply but has no threshold: it reaches {told}. What is left below is "
        "a limit at the edge of stability, where no robust device is.",
    )


def _uncertainty() -> Finding:
    device = DEVICE.replace(temperature=0.0, detuning=4 * OMEGA_M)
    (A,) = linearized(fields_of(device), int(LEFT)).drift
    V = scipy.linalg.solve_continuous_lyapunov(A, -np.asarray(diffusion(device)))
    return Finding(
        "Heisenberg at T = 0",
        "Eq. (6) damps p but feeds no noise into q, so that at T = 0 its covariance may miss "
        "V + i Omega/2 >= 0, by less than gamma_m/omega_m = "
        f"{DEVICE.gamma_m / OMEGA_M:.0e}: at Delta_c = 4 omega_m, with light from the left, the "
        f"smallest eigenvalue is {float(uncertainty_slack(jnp.asarray(V))):.1e}. At 130 mK nothing "
        "of it is seen.",
    )


def _constants() -> Finding:
    exact = 6.62607015e-34 / (2 * np.pi)
    return Finding(
        "Constants",
        f"hbar is {hbar:.9e} J s, the ten digits that CODATA prints and the reference states use; "
        f"h/(2 pi) is larger by {exact / hbar - 1:.1e} of it. G_0 and n_m of Table I, 452.1 and "
        f"269.4, are {float(DEVICE.coupling):.3f} and {float(DEVICE.thermal_phonons):.3f} by exact "
        "evaluation.",
    )


def _power(value) -> str:
    return f"{float(value):.3g}".replace("e+0", "e")
