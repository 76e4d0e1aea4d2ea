"""The paper, reproduced: every panel, and every number that it prints beside ours."""

from jaxcom.paper.panel import PUBLICATION as PUBLICATION
from jaxcom.paper.panel import QUICK as QUICK
from jaxcom.paper.panel import Panel as Panel
from jaxcom.paper.panel import Resolution as Resolution
from jaxcom.paper.panels import PANELS as PANELS
from jaxcom.paper.reproduce import reproduce as reproduce
