"""Interactive explorer of a design in a notebook: sliders, live curves and gradient ascent."""

from typing import TYPE_CHECKING

from jaxcom.resonator import SpinningResonator
from jaxcom.xla.precision import require_x64

from ..box import Box

if TYPE_CHECKING:
    from .controls import Controls
    from .explorer import Explorer


def explore(resonator: SpinningResonator | None = None, box: Box | None = None) -> "Explorer":
    """Interactive explorer of a design, shown when it is the last line of a notebook cell.

    Sliders move the fields of the design. The figure shows E_N and the photon numbers of every
    mean field along the detuning, for light from the left and from the right, the eigenvalues of
    both drift matrices, and the derivatives by each slider. One button follows the gradient of an
    objective from the current design; another copies the design as code. Without the package
    `anywidget` (`pip install anywidget`) a static figure is shown.

    Args:
        resonator: the design to start from; by default Table I.
        box: free fields, each with a slider between its bounds; by default spin, power, detuning,
            backscattering, temperature and optical quality.

    Returns:
        The explorer. Its attribute `design` is the current design and `code` the same as Python
        code; `move(power=5e-3)` moves a slider.

    Raises:
        RuntimeError: JAX is set to 32 bits.
        TypeError: `resonator` is not a SpinningResonator, or `box` not a Box.
        ValueError: the resonator is a batch, or lies outside the box.

    >>> from optimize import explore
    >>> explorer = explore()
    >>> explorer.move(power=5e-3)
    >>> print(explorer.code)
    jc.SpinningResonator(power=0.005)
    """
    require_x64("optimize.explore")
    from .explorer import Explorer  # imports matplotlib

    resonator = SpinningResonator() if resonator is None else resonator
    if not isinstance(resonator, SpinningResonator):
        raise TypeError(f"Argument `resonator` must be a SpinningResonator, but is {resonator!r}.")
    if not (box is None or isinstance(box, Box)):
        raise TypeError(f"Argument `box` must be an optimize.Box, but is {box!r}.")
    return Explorer(resonator, box, _controls)


def _controls(explorer: "Explorer") -> "Controls":
    from .controls import Controls  # imports the widgets

    return Controls(explorer)
