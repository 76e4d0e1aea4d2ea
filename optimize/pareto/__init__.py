"""Two aims that compete: how much of one a device gives for how much of the other."""

from .dominance import hypervolume as hypervolume
from .dominance import undominated as undominated
from .figure import front_figure as front_figure
from .front import Front as Front
from .front import FrontPoint as FrontPoint
from .sweep import pareto_front as pareto_front
