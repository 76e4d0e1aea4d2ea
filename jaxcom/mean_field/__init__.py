"""The mean field, Eq. (7): light amplitudes and the displacement they cause, on every branch."""

from jaxcom.mean_field.field import MeanField as MeanField
from jaxcom.mean_field.field import mean_field as mean_field
