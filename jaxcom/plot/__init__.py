"""Figures: what is known of designs, drawn; no global state, each function returns its figure."""

from jaxcom.plot.grid import scan_figure as scan_figure
from jaxcom.plot.spectrum import entanglement_spectrum as entanglement_spectrum
from jaxcom.plot.style import STATIONARY as STATIONARY
from jaxcom.plot.style import STYLES as STYLES
from jaxcom.plot.style import new_figure as new_figure
