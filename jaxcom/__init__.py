"""A differentiable simulator of a spinning optomechanical resonator.

Everything is a pure function of a `SpinningResonator` and works under `jit`, `vmap` and `grad`.
SI units; frequencies and rates in rad/s; vacuum variance 1/2; natural logarithm.
"""

import jaxcom.support.xla_log  # noqa: F401  before anything that imports jax
from jaxcom.direction import LEFT as LEFT
from jaxcom.direction import RIGHT as RIGHT
from jaxcom.direction import Direction as Direction
from jaxcom.entanglement import entanglement as entanglement
from jaxcom.entanglement import nonreciprocity as nonreciprocity
from jaxcom.entanglement import strongest_entanglement as strongest_entanglement
from jaxcom.gaussian import log_negativity as log_negativity
from jaxcom.linearized import diffusion as diffusion
from jaxcom.linearized import drift as drift
from jaxcom.lyapunov import BartelsStewart as BartelsStewart
from jaxcom.lyapunov import Hurwitz as Hurwitz
from jaxcom.lyapunov import Kronecker as Kronecker
from jaxcom.lyapunov import lyapunov as lyapunov
from jaxcom.mean_field import MeanField as MeanField
from jaxcom.mean_field import mean_field as mean_field
from jaxcom.observables import Observables as Observables
from jaxcom.observables import observables as observables
from jaxcom.resonator import SpinningResonator as SpinningResonator
from jaxcom.scan import Geomspace as Geomspace
from jaxcom.scan import Linspace as Linspace
from jaxcom.scan import scan as scan
from jaxcom.status import Status as Status
from jaxcom.steady_state import SteadyState as SteadyState
from jaxcom.steady_state import steady_state as steady_state
from jaxcom.support.compilation_cache import enable_cache as enable_cache
