"""Stability of a linear system: Routh-Hurwitz criterion, stability margin and slowest mode."""

from jaxcom.stability.routh import decays_faster as decays_faster
from jaxcom.stability.routh import hurwitz_matrix as hurwitz_matrix
from jaxcom.stability.routh import is_hurwitz as is_hurwitz
from jaxcom.stability.routh import routh_hurwitz_coefficients as routh_hurwitz_coefficients
from jaxcom.stability.slowest_mode import margin as margin
from jaxcom.stability.slowest_mode import slowest_mode as slowest_mode
