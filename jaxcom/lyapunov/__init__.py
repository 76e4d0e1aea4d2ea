"""Lyapunov equation of a steady state and its solvers."""

from jaxcom.lyapunov.bartels_stewart import BartelsStewart as BartelsStewart
from jaxcom.lyapunov.base import AbstractLyapunovSolver as AbstractLyapunovSolver
from jaxcom.lyapunov.equation import DEFAULT_SOLVER as DEFAULT_SOLVER
from jaxcom.lyapunov.equation import lyapunov as lyapunov
from jaxcom.lyapunov.hurwitz import Hurwitz as Hurwitz
from jaxcom.lyapunov.kronecker import Kronecker as Kronecker
