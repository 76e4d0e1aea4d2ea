"""Figures of merit of a device: maxima over the detuning, and limits of temperature and quality."""

from jaxcom.merit.largest import largest_abs_nonreciprocity as largest_abs_nonreciprocity
from jaxcom.merit.largest import largest_entanglement as largest_entanglement
from jaxcom.merit.largest import revival_factor as revival_factor
from jaxcom.merit.peak import Peak as Peak
from jaxcom.merit.thresholds import critical_temperature as critical_temperature
from jaxcom.merit.thresholds import (
    highest_nonreciprocal_temperature as highest_nonreciprocal_temperature,
)
from jaxcom.merit.thresholds import smallest_nonreciprocal_quality as smallest_nonreciprocal_quality
