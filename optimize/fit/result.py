"""What a fit returns, and how it prints."""

import enum

import equinox as eqx
import numpy as np
from jaxtyping import Bool, Float
from scipy import stats

from jaxcom import SpinningResonator
from jaxcom.resonator import PARAMETERS
from jaxcom.support.tables import table

from ..box import Box
from .identifiability import Information, NullDirection
from .measurement import Measurement

CLOSE = 0.01  # how near the least chi2 a start counts as having reached it: a tenth of an error


class FitStatus(enum.IntEnum):
    """How a fit ended; `advice` says what to do about it."""

    CONVERGED = 0
    NOT_CONVERGED = 1
    NOTHING_FEASIBLE = 2
    NOT_IDENTIFIABLE = 3

    @property
    def advice(self) -> str:
        """The status in words."""
        return _ADVICE[self]


_ADVICE = {
    FitStatus.CONVERGED: "converged",
    FitStatus.NOT_CONVERGED: "best point found, but chi2 falls beyond it, or the edge of stability "
    "is in the way; try more starts",
    FitStatus.NOTHING_FEASIBLE: "no start has a steady state at every measured point; widen the "
    "box, try more starts, or check the directions",
    FitStatus.NOT_IDENTIFIABLE: "converged, but the data leave fields open; fix one of each null "
    "direction or measure something else",
}


class Fit(eqx.Module):
    """The design that explains measurements best; prints as a table.

    Attributes:
        design: the resonator with the estimates, the device at the detuning it was given.
        status: how the fit ended.
        information: standard errors, covariance and null directions of the free fields.
        chi2: sum of the squared residuals; NaN if nothing feasible was found.
        residuals: (model - value) / error of each measurement.
        active: the free fields that the data pull beyond a bound, "lower" or "upper".
        start: the resonator that the fit was given.
        box: the free fields and their bounds.
        measurements: what was fitted.
        feasible: which of the starts have a steady state at every measured point.
        polished: chi2 that the best starts have come to.
        seed: of the starts.
    """

    design: SpinningResonator
    status: FitStatus
    information: Information
    chi2: float
    residuals: tuple[Float[np.ndarray, " n"], ...]
    active: dict[str, str]
    start: SpinningResonator
    box: Box
    measurements: tuple[Measurement, ...]
    feasible: Bool[np.ndarray, " starts"]
    polished: Float[np.ndarray, " polished"]
    seed: int

    @property
    def estimates(self) -> dict[str, float]:
        """The free fields, in SI units."""
        return {name: float(getattr(self.design, name)) for name in self.box.names}

    @property
    def standard_errors(self) -> dict[str, float]:
        """Of each free field, in SI units: inf in a null direction, NaN on an active bound."""
        return self.information.standard_errors

    @property
    def covariance(self) -> Float[np.ndarray, "d d"]:
        """Of the estimates, in SI units, fields in the order of `box.names`."""
        return self.information.covariance

    @property
    def correlation(self) -> Float[np.ndarray, "d d"]:
        """Of the estimates; NaN where a standard error is not finite."""
        return self.information.correlation

    @property
    def null_directions(self) -> tuple[NullDirection, ...]:
        """Changes of the design that the measurements do not see."""
        return self.information.null_directions

    @property
    def degrees_of_freedom(self) -> int:
        """Points, less the combinations of fields that they determine."""
        return sum(len(r) for r in self.residuals) - self.information.rank

    @property
    def p_value(self) -> float:
        """How often a true model would fit no better; NaN without degrees of freedom."""
        freedom = self.degrees_of_freedom
        return float(stats.chi2.sf(self.chi2, freedom)) if freedom > 0 else float("nan")

    @property
    def reached(self) -> Bool[np.ndarray, " polished"]:
        """Which of the polished starts have come to the least chi2."""
        return self.polished <= self.polished.min(initial=np.inf) + CLOSE

    def intervals(self, level: float = 0.95) -> dict[str, tuple[float, float]]:
        """Confidence intervals of each field: estimate -+ quantile x standard error, not cut off.

        Raises:
            ValueError: the level is not between 0 and 1.
        """
        if not 0 < level < 1:
            raise ValueError(f"Argument `level` must be between 0 and 1, but is {level}.")
        width = float(stats.norm.ppf((1 + level) / 2))
        reach = {name: width * error for name, error in self.standard_errors.items()}
        return {name: (x - reach[name], x + reach[name]) for name, x in self.estimates.items()}

    def __str__(self) -> str:
        head = ("", "start", "estimate", "standard error", "unit", "searched", "bound")
        fields = [
            (
                name,
                getattr(self.start, name),
                estimate,
                self.standard_errors[name],
                PARAMETERS[name].unit,
                f"{self.box.intervals[name].low:g} .. {self.box.intervals[name].high:g}",
                self.active.get(name, ""),
            )
            for name, estimate in self.estimates.items()
        ]
        parts = [
            (f"chi2 of {m.name}", "", float((r**2).sum()), f"{len(r)} points")
            for m, r in zip(self.measurements, self.residuals, strict=True)
        ]
        whole = [
            ("chi2", "", self.chi2, f"{self.degrees_of_freedom} degrees of freedom"),
            ("p-value", "", self.p_value),
        ]
        shares = [
            ("starts feasible", "", _share(self.feasible)),
            ("polished starts that came here", "", _share(self.reached)),
        ]
        blocks = [_padded(rows, len(head)) for rows in (fields, parts, whole, shares)]
        count = len(self.measurements)
        title = f"Fit of {count} measurement{'s' * (count > 1)}: {self.status.advice}"
        return "\n".join([table(title, blocks, head), *self.information.unseen])


def _share(chosen: Bool[np.ndarray, " n"]) -> str:
    return f"{chosen.sum()} of {chosen.size}"


def _padded(rows, width: int) -> list[tuple]:
    """The rows with empty cells to the width of the table."""
    return [(*row, *[""] * (width - len(row))) for row in rows]
