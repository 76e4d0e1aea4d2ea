"""Figures of designs and scans; each function returns a Matplotlib figure, without global state."""

from jaxcom.plot.detuning import detuning_figure as detuning_figure
from jaxcom.plot.grid import scan_figure as scan_figure
from jaxcom.plot.style import new_figure as new_figure
