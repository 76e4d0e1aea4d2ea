"""Search for the best design of a resonator, by gradients."""

from optimize import constraints as constraints
from optimize import objectives as objectives
from optimize.box import Box as Box
from optimize.box import Linear as Linear
from optimize.box import Log as Log
from optimize.certificate import Certificate as Certificate
from optimize.checkpoint import Checkpoint as Checkpoint
from optimize.result import History as History
from optimize.result import Optimum as Optimum
from optimize.result import SearchStatus as SearchStatus
from optimize.search import maximize as maximize
from optimize.verification import verify as verify
