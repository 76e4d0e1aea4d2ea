"""Reproduction of the paper: all panels, and a comparison with every printed number."""

from jaxcom.paper.panel import PUBLICATION as PUBLICATION
from jaxcom.paper.panel import QUICK as QUICK
from jaxcom.paper.panel import Panel as Panel
from jaxcom.paper.panel import Resolution as Resolution
from jaxcom.paper.panels import PANELS as PANELS
from jaxcom.paper.reproduce import reproduce as reproduce
