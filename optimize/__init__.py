"""Search for the best design of a resonator, by gradients."""

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
from .verification import verify as verify
