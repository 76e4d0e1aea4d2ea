"""Reductions of a grid that is too large to store: maxima, fractions, histograms, best designs.

Partial results can be merged in any order and grouping of the blocks and give the same result to
the last bit: maxima keep their place, which decides ties, and everything else is an integer count.
An interrupted or distributed scan therefore ends with the result of an undisturbed one.
"""

from jaxcom.scan.reductions.base import PartialResult as PartialResult
from jaxcom.scan.reductions.base import ReducedVariable as ReducedVariable
from jaxcom.scan.reductions.base import Reduction as Reduction
from jaxcom.scan.reductions.fraction import Fraction as Fraction
from jaxcom.scan.reductions.histogram import Histogram as Histogram
from jaxcom.scan.reductions.maximum import Maximum as Maximum
from jaxcom.scan.reductions.top import Top as Top
