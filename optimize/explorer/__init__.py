"""A design under one's hands: sliders, live curves, and a way uphill, in a notebook."""

from typing import TYPE_CHECKING

from jaxcom.resonator import SpinningResonator
from jaxcom.xla.precision import require_x64

from ..box import Box

if TYPE_CHECKING:
    from .controls import Controls
    from .explorer import Explorer


def explore(resonator: SpinningResonator | None = None, box: Box | None = None) -> "Explorer":
    """Sliders for a design, and live what they do to it; to be the last line of a notebook's cell.

    Shown are E_N and photon numbers of every mean field along the detuning, for light from the
    left and from the right, the eigenvalues of both drift matrices, and the slopes by each slider.
    A button follows the gradient from here; another copies the design as code. Without widgets
    (`pip install anywidget`) it is a figure of the design.

    Args:
        resonator: where to start; by default Table I.
        box: a slider for each field that it frees, between its bounds; by default spin, power,
            detuning, backscattering, temperature and optical quality.

    Returns:
        The explorer: `design` is the design as it stands, `code` the same as Python,
        `move(power=5e-3)` moves the sliders.

    Raises:
        RuntimeError: JAX is set to 32 bits.
        TypeError: an argument is of another kind.
        ValueError: the resonator is a batch, or lies outside the box.

    >>> from optimize import explore
    >>> explorer = explore()
    >>> explorer.move(power=5e-3)
    >>> print(explorer.code)
    jc.SpinningResonator(power=0.005)
    """
    require_x64("optimize.explore")
    from .explorer import Explorer  # brings matplotlib

    resonator = SpinningResonator() if resonator is None else resonator
    if not isinstance(resonator, SpinningResonator):
        raise TypeError(f"Argument `resonator` must be a SpinningResonator, but is {resonator!r}.")
    if not (box is None or isinstance(box, Box)):
        raise TypeError(f"Argument `box` must be an optimize.Box, but is {box!r}.")
    return Explorer(resonator, box, _controls)


def _controls(explorer: "Explorer") -> "Controls":
    from .controls import Controls  # brings the widgets

    return Controls(explorer)
