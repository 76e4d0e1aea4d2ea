"""The report of a search: what was found, why it can be trusted, and how to repeat it; a folder."""

from optimize.report.convergence import convergence_figure as convergence_figure
from optimize.report.folder import FILES as FILES
from optimize.report.folder import write_report as write_report
from optimize.report.sensitivities import sensitivities_figure as sensitivities_figure
from optimize.report.slices import slices_figure as slices_figure
