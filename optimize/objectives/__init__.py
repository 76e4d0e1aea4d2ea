"""Objectives to maximize: classes, two ready-made instances and the names of the command line.

>>> import jaxcom as jc
>>> objective = OneWay("left")
>>> print(objective.name, f"{objective(jc.SpinningResonator(detuning=19e6)):.4f}")
E_N(left) 0.1476
"""

from jaxcom import LEFT, RIGHT

from .base import AbstractObjective as AbstractObjective
from .base import FromFunction as FromFunction
from .base import as_direction as as_direction
from .base import as_directions as as_directions
from .base import as_objective as as_objective
from .light import ClassicalNonreciprocity as ClassicalNonreciprocity
from .light import PhotonImbalance as PhotonImbalance
from .merits import Revival as Revival
from .merits import Survival as Survival
from .sides import AbsNonreciprocity as AbsNonreciprocity
from .sides import EntanglementGap as EntanglementGap
from .sides import Isolation as Isolation
from .sides import Nonreciprocity as Nonreciprocity
from .sides import OneWay as OneWay
from .sides import Preference as Preference

nonreciprocity = Nonreciprocity()
"""Signed nonreciprocity E_N(left) - E_N(right)."""

abs_nonreciprocity = AbsNonreciprocity()
"""Absolute nonreciprocity |E_N(left) - E_N(right)|."""

NAMED: dict[str, AbstractObjective] = {
    "nonreciprocity": nonreciprocity,
    "abs_nonreciprocity": abs_nonreciprocity,
    "prefer-left": Preference(LEFT),
    "prefer-right": Preference(RIGHT),
    "left": OneWay(LEFT),
    "right": OneWay(RIGHT),
    "isolate-left": Isolation(LEFT),
    "isolate-right": Isolation(RIGHT),
    "revive-left": Revival(LEFT),
    "revive-right": Revival(RIGHT),
    "survive-left": Survival(LEFT),
    "survive-right": Survival(RIGHT),
    "classical": ClassicalNonreciprocity(),
}
"""Objectives by the names used on the command line and in problem files."""
