"""Designs under tolerances: robust optimization, Monte Carlo evaluation, sensitivity budgets."""

from .budget import Budget as Budget
from .budget import budget as budget
from .distributions import Normal as Normal
from .distributions import Relative as Relative
from .distributions import Uniform as Uniform
from .estimates import Estimate as Estimate
from .evaluation import Evaluation as Evaluation
from .evaluation import evaluate as evaluate
from .evaluation import gain as gain
from .figure import robustness_figure as robustness_figure
from .measures import Mean as Mean
from .measures import Quantile as Quantile
from .measures import WorstCase as WorstCase
from .measures import YieldAbove as YieldAbove
from .objective import UnderTolerances as UnderTolerances
from .robust import Candidate as Candidate
from .robust import RobustDesign as RobustDesign
from .robust import robust_design as robust_design
from .tolerances import Tolerances as Tolerances
