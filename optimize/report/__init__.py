"""The report of a search: what was found, why it can be trusted, and how to repeat it; a folder."""

from .convergence import convergence_figure as convergence_figure
from .folder import FILES as FILES
from .folder import write_report as write_report
from .sensitivities import sensitivities_figure as sensitivities_figure
from .slices import slices_figure as slices_figure
