"""Pareto fronts of two competing objectives, by the epsilon-constraint method."""

from .dominance import hypervolume as hypervolume
from .dominance import undominated as undominated
from .figure import front_figure as front_figure
from .front import Front as Front
from .front import FrontPoint as FrontPoint
from .front import SecondObjective as SecondObjective
from .sweep import pareto_front as pareto_front
