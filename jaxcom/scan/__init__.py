"""Scans of grids of any size: evaluated in blocks, stored or reduced, resumable."""

from jaxcom.scan.axes import Geomspace as Geomspace
from jaxcom.scan.axes import Linspace as Linspace
from jaxcom.scan.reductions import Fraction as Fraction
from jaxcom.scan.reductions import Histogram as Histogram
from jaxcom.scan.reductions import Maximum as Maximum
from jaxcom.scan.reductions import Top as Top
from jaxcom.scan.scan import scan as scan
