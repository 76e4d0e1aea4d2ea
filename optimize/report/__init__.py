"""Report of a search: a folder with the optimum, the evidence for it, and how to repeat it."""

from .convergence import convergence_figure as convergence_figure
from .folder import write_report as write_report
from .sensitivities import sensitivities_figure as sensitivities_figure
from .slices import slices_figure as slices_figure
