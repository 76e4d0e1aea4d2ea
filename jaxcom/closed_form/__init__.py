"""The fast path: from rates and mean field to verdict and entanglement, in elementwise arithmetic.

The Lyapunov equation of this model has 21 unknowns; all but five can be eliminated by hand
(`moments`), and its characteristic polynomial has a closed form (`characteristic`). What is left is
some 700 multiplications and additions a point, the same for every point: no matrices, no loops, no
choices; and everything is smooth, at J = 0 and Omega = 0 too.
"""

from jaxcom.closed_form.characteristic import (
    characteristic_coefficients as characteristic_coefficients,
)
from jaxcom.closed_form.characteristic import is_stable as is_stable
from jaxcom.closed_form.negativity import log_negativity as log_negativity
