"""Inverse use: which device has been measured, how surely, and what the data cannot tell."""

from optimize.fit import quantities as quantities
from optimize.fit.estimation import fit as fit
from optimize.fit.figure import confidence_figure as confidence_figure
from optimize.fit.figure import fit_figure as fit_figure
from optimize.fit.identifiability import Information as Information
from optimize.fit.identifiability import NullDirection as NullDirection
from optimize.fit.measurement import Measurement as Measurement
from optimize.fit.measurement import read_measurement as read_measurement
from optimize.fit.measurement import simulate as simulate
from optimize.fit.measurement import write_measurement as write_measurement
from optimize.fit.planning import forecast as forecast
from optimize.fit.quantities import Quantity as Quantity
from optimize.fit.result import Fit as Fit
from optimize.fit.result import FitStatus as FitStatus
