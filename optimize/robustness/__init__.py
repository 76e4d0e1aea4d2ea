"""Designs that bear tolerances: what is built, set and held only about as it is meant."""

from optimize.robustness.budget import Budget as Budget
from optimize.robustness.budget import budget as budget
from optimize.robustness.distributions import Normal as Normal
from optimize.robustness.distributions import Relative as Relative
from optimize.robustness.distributions import Uniform as Uniform
from optimize.robustness.estimates import Estimate as Estimate
from optimize.robustness.evaluation import Evaluation as Evaluation
from optimize.robustness.evaluation import evaluate as evaluate
from optimize.robustness.evaluation import gain as gain
from optimize.robustness.figure import robustness_figure as robustness_figure
from optimize.robustness.measures import Mean as Mean
from optimize.robustness.measures import Quantile as Quantile
from optimize.robustness.measures import WorstCase as WorstCase
from optimize.robustness.measures import YieldAbove as YieldAbove
from optimize.robustness.objective import UnderTolerances as UnderTolerances
from optimize.robustness.robust import Candidate as Candidate
from optimize.robustness.robust import RobustDesign as RobustDesign
from optimize.robustness.robust import robust_design as robust_design
from optimize.robustness.tolerances import Tolerances as Tolerances
