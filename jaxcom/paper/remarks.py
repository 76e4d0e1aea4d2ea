"""Remarks of the report: discrepancies, and choices that the paper leaves open."""

from collections.abc import Callable, Mapping
from typing import NamedTuple, SupportsFloat

import jax.numpy as jnp
import numpy as np
import scipy.linalg
import scipy.optimize
import xarray as xr
from scipy.constants import hbar

from jaxcom import taper as mechanics
from jaxcom.direction import BOTH, LEFT, RIGHT, Direction
from jaxcom.gaussian import uncertainty_slack
from jaxcom.linearized import diffusion
from jaxcom.merit import smallest_nonreciprocal_quality
from jaxcom.paper.blocks import (
    evaluate,
    fields_of,
    largest_of,
    linearize,
    revival_factors,
    table_1,
)
from jaxcom.paper.designs import detunings
from jaxcom.paper.figure_2 import NONRECIPROCAL
from jaxcom.paper.figure_3 import PRINTED_CHI, revival
from jaxcom.paper.figure_s1 import PRINTED_OMEGA_0, implied_taper
from jaxcom.paper.figure_s2 import with_backscattering
from jaxcom.paper.panel import Resolution
from jaxcom.resonator import DETUNING_WINDOW, SpinningResonator
from jaxcom.taper import Taper

Data = Mapping[str, xr.Dataset]
"""Datasets of all panels by name."""

STRONG = 100e-3
"""The larger of the powers of Table I in W."""


class Remark(NamedTuple):
    """Discrepancy, or choice that the paper leaves open.

    Attributes:
        title: heading.
        text: text as Markdown.
    """

    title: str
    text: str


def all_remarks(data: Data, resolution: Resolution) -> list[Remark]:
    """All remarks, with newly computed numbers.

    Args:
        data: Datasets of all panels by name.
        resolution: resolution of further maps.
    """
    remarks: list[Callable[[], Remark]] = [
        _coefficients,
        lambda: _minors(data["S2b"]),
        _unstable_direction,
        _viscosity,
        lambda: _printed_chi(data["3f"]),
        lambda: _chi_above_one(data["3f"], resolution),
        _branches,
        _elastic_limit,
        _hamaker,
        _quality,
        _uncertainty,
        _constants,
    ]
    return [remark() for remark in remarks]


def _coefficients() -> Remark:
    """Error of the characteristic polynomial of A, relative to that of the eigenvalues of A."""
    axes = np.meshgrid(np.linspace(0, 30e3, 13), detunings(-1, 4, 41), indexing="ij")
    fields = with_backscattering(spin=axes[0].ravel(), detuning=axes[1].ravel())
    found, omega_m = linearize(fields, int(RIGHT)), table_1().omega_m
    computed = found.coefficients / omega_m ** np.arange(1, 7)
    poles = np.linalg.eigvals(found.drift / omega_m)
    exact = np.array([np.poly(roots)[1:].real for roots in poles])
    worst = np.max(np.abs(computed - exact) / np.abs(exact).max(axis=-1, keepdims=True))
    return Remark(
        "The closed forms of S3.15 and S3.16",
        "The printed closed forms define sigma_2 twice, and the printed a_4, a_5 and a_6 are not "
        "the coefficients of det(s - A) for the A of Eq. (6). Here the coefficients are computed "
        "from A itself. Over the panel of Fig. S2(b) they agree with those computed from the "
        f"eigenvalues of A to {worst:.0e} of the largest coefficient.",
    )


def _minors(data: xr.Dataset) -> Remark:
    true, printed = ~data["minor_is_positive"], ~data["printed_minor_is_positive"]
    counts = [int(array.sel(order=5).sum()) for array in (true, printed)]
    points = data["spin"].size * data["detuning"].size
    changing = [k for k in range(1, 7) if bool(true.sel(order=k).any())]
    return Remark(
        "The minors of S3.17",
        "S3.17 sets every a_j with j > k to zero, instead of j > 6, and so drops a_6 from theta_5. "
        f"Over the panel of Fig. S2(b) the correct theta_5 is negative at {counts[0]} of {points} "
        f"points ({counts[0] / points:.1%}), the printed one at {counts[1]} "
        f"({counts[1] / points:.1%}). Of the correct minors only "
        f"theta_{' and theta_'.join(map(str, changing))} change sign there, as stated in the "
        "paper. The panels show the correct minors.",
    )


def _unstable_direction() -> Remark:
    omega_m = table_1().omega_m
    fields = fields_of(table_1(detuning=NONRECIPROCAL * omega_m))
    left = evaluate(fields, int(LEFT), ("log_negativity",))["log_negativity"].item()
    growth = np.linalg.eigvals(linearize(fields, int(RIGHT)).drift).real.max() / omega_m
    return Remark(
        "The direction without entanglement in Fig. 2",
        f"At Delta_c = {NONRECIPROCAL:g} omega_m, E_N = {left:.4f} for light from the left. For "
        "light from the right the paper shows 0, but the drift matrix has an eigenvalue with real "
        f"part {growth:+.3f} omega_m: there is no steady state, and hence no E_N. The figures "
        "hatch such ranges.",
    )


def _viscosity() -> Remark:
    implied = implied_taper().viscosity
    taper = Taper()
    air = mechanics.spin_limits(taper, table_1())
    return Remark(
        "The viscosity of the gas",
        "The paper does not state the viscosity. "
        f"Omega_0 = {PRINTED_OMEGA_0 / 1e6:.1f}e6 rad/s implies mu = {implied:.3g} Pa s, "
        f"{taper.viscosity / implied:.0f} times less than {taper.viscosity:.3g} Pa s of air at "
        f"room temperature. In air the three limits are {_scientific(air.aerodynamic)}, "
        f"{_scientific(air.contact)} and {_scientific(air.elastic)} rad/s, still above the spins "
        "that are used. The panels of Figs. S1 and S2(a) use the implied viscosity.",
    )


def _printed_chi(data: xr.Dataset) -> Remark:
    values = data["revival_factor"].where(data["backscattering"] > 0)
    left, right = (
        float((values.sel(direction=int(s)) >= PRINTED_CHI).sum() / values[0].notnull().sum())
        for s in BOTH
    )
    rows = [
        f"| {strength:g} kappa | {' | '.join(_reached(strength, side) for side in BOTH)} |"
        for strength in (0.05, 0.1, 0.25, 0.5, 1.0)
    ]
    table = "\n".join(["| J | from the left | from the right |", "|---|---|---|", *rows])
    return Remark(
        f"The devices with chi = {PRINTED_CHI:.1%}",
        "The paper does not state the device, and a line of devices has this chi. The table lists "
        "the spin in rad/s above which chi stays larger, up to 90e3 rad/s:"
        f"\n\n{table}\n\nIn the panel of Fig. 3(f), with J from above 0 to 2 kappa and Omega up "
        f"to 30e3 rad/s, chi is larger at {left:.1%} of the points for light from the left and at "
        f"{right:.1%} for light from the right.",
    )


def _reached(strength: float, side: Direction) -> str:
    """Spin in rad/s above which chi exceeds the printed value, as text."""

    def excess(spins: np.ndarray) -> np.ndarray:
        J = np.array([strength * table_1().kappa])
        return revival_factors({"spin": spins, "backscattering": J}, int(side)) - PRINTED_CHI

    spins = np.linspace(0, 90e3, 61)
    below = np.flatnonzero(~(excess(spins) > 0))
    if not below.size:
        return "0"
    if below[-1] == len(spins) - 1:
        return "above 90e3"
    ends = spins[below[-1] : below[-1] + 2]
    root = scipy.optimize.brentq(lambda spin: excess(np.array([spin])).item(), *ends, xtol=1.0)
    return f"{root:.0f}"


def _chi_above_one(data: xr.Dataset, resolution: Resolution) -> Remark:
    weak = float(data["revival_factor"].max()) - 1
    strong = revival(resolution, STRONG)["revival_factor"]
    best = strong.stack(all=strong.dims).isel(all=int(strong.values.argmax()))
    device = table_1(power=STRONG, spin=0.0)
    limit = largest_of(device, LEFT)
    revived = largest_of(
        device.replace(spin=float(best.spin), backscattering=float(best.backscattering)),
        Direction(int(best.direction)),
    )
    x, kind = limit.detuning, {True: "a limit at such an edge", False: "a smooth maximum"}
    counts = _branch_counts(device, np.array([x - 1e3, x + 1e3]))
    side = Direction(int(best.direction)).label
    in_kappa = float(best.backscattering) / device.kappa
    return Remark(
        "Whether chi exceeds 1",
        f"At 20 mW chi exceeds 1 by only {weak:.0e}: eps depends on omega_l = omega_c - Delta_c, "
        "so that the drive is slightly stronger at a maximum that the spin shifts to a larger "
        "Delta_c. At 100 mW chi exceeds 1. "
        f"The maximum of the ideal device, {limit.value:.4f} at {x / device.omega_m:.4f} omega_m, "
        "is then not smooth: E_N rises up to the edge of a bistable range, with "
        f"{counts[0]} mean field just below and {counts[1]} just above. Backscattering and spin "
        f"move that edge. The largest chi over the panel, {float(best):.4f}, is at J = "
        f"{in_kappa:.2f} kappa, Omega = {float(best.spin):.0f} rad/s "
        f"with light from the {side}, where the largest E_N, {revived.value:.4f}, is "
        f"{kind[bool(revived.at_edge)]}. A device at an edge is not robust, so that chi is of "
        "little significance there.",
    )


def _branches() -> Remark:
    x = detunings(*DETUNING_WINDOW, 5001)
    rows = []
    for power in (20e-3, STRONG):
        device = table_1(spin=0.0, power=power)
        lowest = largest_of(device, LEFT).value
        stable = [_on_branch(device, x, k, "log_negativity") for k in (0, 2)]
        on_any = np.nanmax(np.concatenate(stable)).item()
        several = float(np.mean(_branch_counts(device, x) > 1))
        values = f"{lowest:.4f} | {max(on_any, lowest):.4f}"
        rows.append(f"| {power * 1e3:g} mW | {several:.1%} | {values} |")
    head = "| P | detunings with several mean fields | max E_N, branch 0 | max E_N, any branch |"
    table = "\n".join([head, "|---|---|---|---|", *rows])
    return Remark(
        "The branch of the mean field",
        "The paper does not state the branch. All panels use the lowest, branch 0. For the ideal "
        "device, J = Omega = 0, with detunings from {:g} to {:g} omega_m:".format(*DETUNING_WINDOW)
        + f"\n\n{table}",
    )


def _branch_counts(device: SpinningResonator, at: np.ndarray) -> np.ndarray:
    """Numbers of mean fields, 1 or 3 at J = 0, for light from the left at some detunings."""
    return np.where(np.isnan(_on_branch(device, at, 1, "q_s")), 1, 3)


def _on_branch(device: SpinningResonator, at: np.ndarray, branch: int, output: str) -> np.ndarray:
    """Output on a branch for light from the left at some detunings."""
    return evaluate(fields_of(device) | {"detuning": at}, int(LEFT), (output,), branch)[output]


def _elastic_limit() -> Remark:
    taper = Taper()
    limits = mechanics.spin_limits(taper, table_1())
    published = float(limits.elastic / limits.aerodynamic)

    def excess(share: float) -> float:
        device = table_1(spin=share * float(limits.aerodynamic))
        return float(mechanics.strain(taper, device) - taper.elastic_limit / taper.youngs_modulus)

    exact = scipy.optimize.brentq(excess, 1e-3, 1 - 1e-9)
    return Remark(
        "The elastic limit of the taper",
        f"Omega_2 = {published:.3f} Omega_0 takes the strain to lowest order, phi^2/6. The full "
        f"strain of S2.5, asin(phi)/phi - 1, already reaches Y/E at {exact:.3f} Omega_0. Omega_1 "
        "is far below both, so that Omega_max does not change.",
    )


def _hamaker() -> Remark:
    printed = float(mechanics.hamaker_constant(Taper(), table_1()))
    return Remark(
        "The Hamaker constant",
        "S2.7 has hbar nu_e where the Lifshitz theory has h nu_e. As printed, "
        f"Ha = {printed:.2e} J; with h it would be {2 * np.pi:.2f} times as large. At 250 nm both "
        "are negligible compared with the aerodynamic force.",
    )


def _quality() -> Remark:
    levels = (1e-2, 1e-3, 1e-4)
    qualities = [float(smallest_nonreciprocal_quality(table_1(), level)) for level in levels]
    pairs = zip(levels, qualities, strict=True)
    reached = ", ".join(f"{level:g} at Q = {_scientific(quality)}" for level, quality in pairs)
    return Remark(
        "Nonreciprocity at low optical quality",
        "According to the paper nonreciprocity persists for Q >= 1e7. By its equations the largest "
        f"|Delta E_N| over the detuning falls steeply, without a threshold: it reaches {reached}. "
        "At lower Q the maximum is a limit at the edge of stability, where a device is not robust.",
    )


def _uncertainty() -> Remark:
    device = table_1(temperature=0.0, detuning=4 * table_1().omega_m)
    (A,) = linearize(fields_of(device), int(LEFT)).drift
    V = scipy.linalg.solve_continuous_lyapunov(A, -np.asarray(diffusion(device)))
    return Remark(
        "The uncertainty relation at T = 0",
        "Eq. (6) damps p without noise in q, so that at T = 0 its covariance can violate "
        "V + i Omega/2 >= 0, by less than gamma_m/omega_m = "
        f"{device.gamma_m / device.omega_m:.0e}. At Delta_c = 4 omega_m, with light from the left, "
        f"the smallest eigenvalue is {float(uncertainty_slack(jnp.asarray(V))):.1e}. At 130 mK the "
        "relation holds.",
    )


def _constants() -> Remark:
    exact = 6.62607015e-34 / (2 * np.pi)
    return Remark(
        "Constants",
        f"hbar is {hbar:.9e} J s, the ten digits of CODATA, as in the reference states of the "
        f"tests; h/(2 pi) is larger by a fraction of {exact / hbar - 1:.1e}. G_0 and n_m of Table "
        f"I, 452.1 and 269.4, are {float(table_1().coupling):.3f} and "
        f"{float(table_1().thermal_phonons):.3f} with exact constants.",
    )


def _scientific(value: SupportsFloat) -> str:
    """Number with three digits, with a short exponent."""
    return f"{float(value):.3g}".replace("e+0", "e")
