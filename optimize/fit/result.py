"""Result of a fit, and how it prints."""

import enum

import equinox as eqx
import numpy as np
from jaxtyping import Bool, Float
from scipy import stats

from jaxcom import SpinningResonator
from jaxcom.resonator import PARAMETERS
from jaxcom.support.tables import share, table

from ..box import Box
from .identifiability import Information, NullDirection
from .measurement import Measurement

CLOSE = 0.01  # above the lowest chi2: a start this near has reached it, to a tenth of an error


class FitStatus(enum.IntEnum):
    """How a fit ended; `advice` explains it."""

    CONVERGED = 0
    NOT_CONVERGED = 1
    NOTHING_FEASIBLE = 2
    NOT_IDENTIFIABLE = 3

    @property
    def advice(self) -> str:
        """The status as text, with advice."""
        return _ADVICE[self]


_ADVICE = {
    FitStatus.CONVERGED: "converged",
    FitStatus.NOT_CONVERGED: "the best point found is no minimum: chi2 is lower next to it, or an "
    "edge of stability is in between; try more starts",
    FitStatus.NOTHING_FEASIBLE: "no start has a steady state at every measured point; widen the "
    "box, try more starts, or check the directions",
    FitStatus.NOT_IDENTIFIABLE: "converged, but the data do not determine all fields; fix one "
    "field of each null direction or measure something else",
}


class Fit(eqx.Module):
    """Best estimate of the free fields from measurements; prints as a table.

    Attributes:
        design: resonator with the estimates, at the detuning of `start`.
        status: how the fit ended.
        information: standard errors, covariance and null directions of the free fields.
        chi2: sum of the squared residuals; NaN if nothing feasible was found.
        residuals: (model - value) / error of the points of each measurement.
        active: fields that the data pull beyond a bound, "lower" or "upper".
        start: resonator given to the fit.
        box: free fields and their bounds.
        measurements: measurements that were fitted.
        feasible: whether each start has a steady state at every measured point.
        polished: chi2 of each polished start.
        seed: seed of the starts.
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
        """Estimates of the free fields, in SI units."""
        return {name: float(getattr(self.design, name)) for name in self.box.names}

    @property
    def standard_errors(self) -> dict[str, float]:
        """Standard error of each field, in SI units: inf if not determined, NaN if held."""
        return self.information.standard_errors

    @property
    def covariance(self) -> Float[np.ndarray, "d d"]:
        """Covariance of the estimates, in SI units, fields in the order of `box.names`."""
        return self.information.covariance

    @property
    def correlation(self) -> Float[np.ndarray, "d d"]:
        """Correlation matrix of the estimates; NaN where a standard error is not finite."""
        return self.information.correlation

    @property
    def null_directions(self) -> tuple[NullDirection, ...]:
        """Changes of the design that the measurements do not determine."""
        return self.information.null_directions

    @property
    def degrees_of_freedom(self) -> int:
        """Number of points minus the number of combinations of fields that they determine."""
        return sum(len(r) for r in self.residuals) - self.information.rank

    @property
    def p_value(self) -> float:
        """Probability that a true model fits no better; NaN without degrees of freedom."""
        freedom = self.degrees_of_freedom
        return float(stats.chi2.sf(self.chi2, freedom)) if freedom > 0 else float("nan")

    @property
    def reached(self) -> Bool[np.ndarray, " polished"]:
        """Whether each polished start has reached the lowest chi2."""
        return self.polished <= self.polished.min(initial=np.inf) + CLOSE

    def intervals(self, level: float = 0.95) -> dict[str, tuple[float, float]]:
        """Confidence intervals: estimate -+ normal quantile x standard error, not cut at bounds.

        Args:
            level: confidence level, between 0 and 1.

        Returns:
            Lower and upper end for each field, in SI units.

        Raises:
            ValueError: `level` is not between 0 and 1.
        """
        if not 0 < level < 1:
            raise ValueError(f"Argument `level` must be between 0 and 1, but is {level}.")
        width = float(stats.norm.ppf((1 + level) / 2))
        reach = {name: width * error for name, error in self.standard_errors.items()}
        return {name: (x - reach[name], x + reach[name]) for name, x in self.estimates.items()}

    def __str__(self) -> str:
        head = ("", "start", "estimate", "standard error", "unit", "searched", "bound")
        parts = [
            (f"chi2 of {m.name}", "", float((r**2).sum()), f"{len(r)} points")
            for m, r in zip(self.measurements, self.residuals, strict=True)
        ]
        totals = [
            ("chi2", "", self.chi2, f"{self.degrees_of_freedom} degrees of freedom"),
            ("p-value", "", self.p_value),
        ]
        starts = [
            ("starts feasible", "", share(self.feasible)),
            ("polished starts that reached it", "", share(self.reached)),
        ]
        count = len(self.measurements)
        title = f"Fit of {count} measurement{'s' * (count > 1)}: {self.status.advice}"
        text = table(title, [_field_rows(self), parts, totals, starts], head)
        return "\n".join([text, *self.information.notes])


def _field_rows(found: Fit) -> list[tuple]:
    return [
        (
            name,
            getattr(found.start, name),
            estimate,
            found.standard_errors[name],
            PARAMETERS[name].unit,
            f"{found.box.intervals[name].low:g} .. {found.box.intervals[name].high:g}",
            found.active.get(name, ""),
        )
        for name, estimate in found.estimates.items()
    ]
