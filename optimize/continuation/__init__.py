"""Numerical continuation of an optimum along a parameter of the resonator."""

from .figure import path_figure as path_figure
from .path import CompetingOptimum as CompetingOptimum
from .path import Event as Event
from .path import EventKind as EventKind
from .path import Path as Path
from .path import PathPoint as PathPoint
from .path import PathStatus as PathStatus
from .trace import trace as trace
from .trace import with_competing_optima as with_competing_optima
