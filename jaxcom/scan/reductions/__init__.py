"""What is kept of a grid that is too large to store: extremes, shares, histograms, best designs.

Joining the parts of a reduction depends neither on the order nor on the grouping of the blocks, to
the last bit: maxima go with their place, which decides ties, and all else is counted in whole
numbers. So a scan that was interrupted or shared out ends as an undisturbed one does.
"""

from jaxcom.scan.reductions.base import Finding as Finding
from jaxcom.scan.reductions.base import Numbers as Numbers
from jaxcom.scan.reductions.base import Reduction as Reduction
from jaxcom.scan.reductions.fraction import Fraction as Fraction
from jaxcom.scan.reductions.histogram import Histogram as Histogram
from jaxcom.scan.reductions.maximum import Maximum as Maximum
from jaxcom.scan.reductions.top import Top as Top
