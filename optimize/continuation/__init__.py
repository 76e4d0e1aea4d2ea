"""The optimum as a function of a parameter: how it moves, changes and is overtaken."""

from .figure import path_figure as path_figure
from .path import Change as Change
from .path import Event as Event
from .path import Path as Path
from .path import PathPoint as PathPoint
from .path import PathStatus as PathStatus
from .path import Rival as Rival
from .trace import challenged as challenged
from .trace import trace as trace
