"""All panels by name, in the order of the paper."""

from jaxcom.paper import (
    figure_1,
    figure_2,
    figure_3,
    figure_s1,
    figure_s2,
    figure_s3,
    figure_s4,
)
from jaxcom.paper.panel import Panel

_FIGURES = (figure_1, figure_2, figure_3, figure_s1, figure_s2, figure_s3, figure_s4)

PANELS: dict[str, Panel] = {panel.name: panel for figure in _FIGURES for panel in figure.PANELS}
