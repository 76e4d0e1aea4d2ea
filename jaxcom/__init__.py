"""A differentiable simulator of a spinning optomechanical resonator.

Everything is a pure function of a `SpinningResonator` and works under `jit`, `vmap` and `grad`.
SI units; frequencies and rates in rad/s; vacuum variance 1/2; natural logarithm.
"""

from jaxcom.entanglement import entanglement as entanglement
from jaxcom.entanglement import nonreciprocity as nonreciprocity
from jaxcom.entanglement import strongest_entanglement as strongest_entanglement
from jaxcom.explorer import explore as explore
from jaxcom.gaussian import log_negativity as log_negativity
from jaxcom.gaussian import uncertainty_slack as uncertainty_slack
from jaxcom.linearized import diffusion as diffusion
from jaxcom.linearized import drift as drift
from jaxcom.lyapunov import BartelsStewart as BartelsStewart
from jaxcom.lyapunov import Hurwitz as Hurwitz
from jaxcom.lyapunov import Kronecker as Kronecker
from jaxcom.lyapunov import lyapunov as lyapunov
from jaxcom.mean_field import MeanField as MeanField
from jaxcom.mean_field import mean_field as mean_field
from jaxcom.merit import Peak as Peak
from jaxcom.merit import critical_temperature as critical_temperature
from jaxcom.merit import highest_nonreciprocal_temperature as highest_nonreciprocal_temperature
from jaxcom.merit import largest_entanglement as largest_entanglement
from jaxcom.merit import largest_nonreciprocity as largest_nonreciprocity
from jaxcom.merit import revival_factor as revival_factor
from jaxcom.merit import smallest_nonreciprocal_quality as smallest_nonreciprocal_quality
from jaxcom.observables import Observables as Observables
from jaxcom.observables import observables as observables
from jaxcom.resonator import LEFT as LEFT
from jaxcom.resonator import RIGHT as RIGHT
from jaxcom.resonator import Direction as Direction
from jaxcom.resonator import SpinningResonator as SpinningResonator
from jaxcom.scan import Fraction as Fraction
from jaxcom.scan import Geomspace as Geomspace
from jaxcom.scan import Histogram as Histogram
from jaxcom.scan import Linspace as Linspace
from jaxcom.scan import Maximum as Maximum
from jaxcom.scan import Top as Top
from jaxcom.scan import scan as scan
from jaxcom.status import Status as Status
from jaxcom.steady_state import SteadyState as SteadyState
from jaxcom.steady_state import steady_state as steady_state
