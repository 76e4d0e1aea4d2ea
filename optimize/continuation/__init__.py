"""The optimum as a function of a parameter: how it moves, changes and is overtaken."""

from optimize.continuation.figure import path_figure as path_figure
from optimize.continuation.path import Change as Change
from optimize.continuation.path import Event as Event
from optimize.continuation.path import Path as Path
from optimize.continuation.path import PathPoint as PathPoint
from optimize.continuation.path import PathStatus as PathStatus
from optimize.continuation.path import Rival as Rival
from optimize.continuation.trace import challenged as challenged
from optimize.continuation.trace import trace as trace
