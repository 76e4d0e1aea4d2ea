"""Measures of a Gaussian state, from its covariance matrix alone."""

from jaxcom.gaussian.clipped import clipped as clipped
from jaxcom.gaussian.clipped import least_entanglement as least_entanglement
from jaxcom.gaussian.log_negativity import log_negativity as log_negativity
from jaxcom.gaussian.uncertainty import uncertainty_slack as uncertainty_slack
