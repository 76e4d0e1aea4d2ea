"""Mechanics of the fiber taper next to the spinning resonator, S2 and S3 A.

The air that the resonator drags along pushes the taper away. From this force follow the shape of
the fiber, its stiffness and strain, and the spins beyond which the fiber cannot balance the air,
touches the resonator or breaks.

Everything is a pure function of a `Taper` and a `SpinningResonator`, in this order, elementwise in
the fields of both. Results are NaN where a traced field is out of its range or no shape of the
fiber exists.
"""

from jaxcom.taper.deformation import bending as bending
from jaxcom.taper.deformation import displacement as displacement
from jaxcom.taper.deformation import restoring_force as restoring_force
from jaxcom.taper.deformation import stiffness as stiffness
from jaxcom.taper.deformation import strain as strain
from jaxcom.taper.drag import aerodynamic_force as aerodynamic_force
from jaxcom.taper.drag import drag_coefficient as drag_coefficient
from jaxcom.taper.drag import gap_integral as gap_integral
from jaxcom.taper.fiber import Taper as Taper
from jaxcom.taper.limits import SpinLimits as SpinLimits
from jaxcom.taper.limits import implied_viscosity as implied_viscosity
from jaxcom.taper.limits import maximal_spin as maximal_spin
from jaxcom.taper.limits import spin_limits as spin_limits
from jaxcom.taper.ratio import displacement_ratio as displacement_ratio
from jaxcom.taper.surface import hamaker_constant as hamaker_constant
from jaxcom.taper.surface import intermolecular_force as intermolecular_force
from jaxcom.taper.surface import total_force as total_force
