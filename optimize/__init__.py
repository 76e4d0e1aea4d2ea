"""Gradient-based design of resonators: objectives, constraints and searches in a box.

>>> import jaxcom as jc
>>> from optimize import Box, maximize, objectives
>>> best = maximize(objectives.OneWay("left"), jc.SpinningResonator(), Box(spin=(0, 5e3)), starts=4)
>>> best.status.name
'CONVERGED'
"""

from . import constraints as constraints
from . import objectives as objectives
from .box import Box as Box
from .box import Linear as Linear
from .box import Log as Log
from .explorer import explore as explore
from .maximize import maximize as maximize
from .results.certificate import Certificate as Certificate
from .results.optimum import Optimum as Optimum
from .results.optimum import SearchStatus as SearchStatus
from .search.checkpoint import Checkpoint as Checkpoint
from .search.history import History as History
from .search.polish import Polished as Polished
from .search.search import SearchOptions as SearchOptions
from .verification import verify as verify
