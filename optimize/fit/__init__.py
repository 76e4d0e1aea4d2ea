"""Inverse use: estimate the fields of a device from measurements, with their uncertainties."""

from . import quantities as quantities
from .estimation import fit as fit
from .figure import confidence_figure as confidence_figure
from .figure import fit_figure as fit_figure
from .identifiability import Information as Information
from .identifiability import NullDirection as NullDirection
from .measurement import Measurement as Measurement
from .measurement import read_measurement as read_measurement
from .measurement import simulate as simulate
from .measurement import write_measurement as write_measurement
from .planning import forecast as forecast
from .quantities import MeasuredQuantity as MeasuredQuantity
from .result import Fit as Fit
from .result import FitStatus as FitStatus
