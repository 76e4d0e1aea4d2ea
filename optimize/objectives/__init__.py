"""What to maximise: a number of a design."""

from jaxcom import LEFT, RIGHT

from .base import AbstractHinged as AbstractHinged
from .base import AbstractObjective as AbstractObjective
from .base import as_objective as as_objective
from .base import both_sides as both_sides
from .base import margins as margins
from .base import of as of
from .light import classical_nonreciprocity as classical_nonreciprocity
from .light import photon_imbalance as photon_imbalance
from .merits import revival as revival
from .merits import survival as survival
from .sides import Nonreciprocity
from .sides import isolation as isolation
from .sides import one_way as one_way
from .sides import preference as preference

nonreciprocity = Nonreciprocity()
"""|E_N(left) - E_N(right)|: the two directions as different as can be, whichever is entangled."""

NAMED: dict[str, AbstractObjective] = {
    "nonreciprocity": nonreciprocity,
    "prefer-left": preference(LEFT),
    "prefer-right": preference(RIGHT),
    "left": one_way(LEFT),
    "right": one_way(RIGHT),
    "isolate-left": isolation(LEFT),
    "isolate-right": isolation(RIGHT),
    "revive-left": revival(LEFT),
    "revive-right": revival(RIGHT),
    "survive-left": survival(LEFT),
    "survive-right": survival(RIGHT),
    "classical": classical_nonreciprocity,
}
"""The objectives by the names that the command line knows."""
