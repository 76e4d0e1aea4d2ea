"""Stability and entanglement in closed form: elementwise arithmetic instead of matrices.

The Lyapunov equation of this model has 21 unknowns, of which all but five are eliminated by hand
(`moments`), and its characteristic polynomial has a closed form (`characteristic`). What remains
are some 700 multiplications and additions a design, without matrices, loops or branches, smooth at
J = 0 and Omega = 0 as well. README.md in this folder derives them from Eq. (6).
"""

from jaxcom.closed_form.characteristic import (
    characteristic_coefficients as characteristic_coefficients,
)
from jaxcom.closed_form.characteristic import is_stable as is_stable
from jaxcom.closed_form.negativity import log_negativity as log_negativity
from jaxcom.closed_form.stable import accurate_log_negativity as accurate_log_negativity
from jaxcom.closed_form.stable import stable_log_negativity as stable_log_negativity
