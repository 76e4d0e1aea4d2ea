"""Two aims that compete: how much of one a device gives for how much of the other."""

from optimize.pareto.dominance import hypervolume as hypervolume
from optimize.pareto.dominance import undominated as undominated
from optimize.pareto.figure import front_figure as front_figure
from optimize.pareto.front import Front as Front
from optimize.pareto.front import FrontPoint as FrontPoint
from optimize.pareto.sweep import pareto_front as pareto_front
