"""Problem files: the problem of a search and its options as TOML."""

from .packaged import packaged_problems as packaged_problems
from .study import Study as Study
from .study import read_study as read_study
