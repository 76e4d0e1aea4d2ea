"""Problem files: what is searched and how, as TOML that a person writes and a run keeps."""

from .robust import Robustness as Robustness
from .shipped import packaged as packaged
from .shipped import problem_path as problem_path
from .study import DEFAULT_BOX as DEFAULT_BOX
from .study import Study as Study
from .study import read_study as read_study
from .study import study_of as study_of
from .toml import merged as merged
from .toml import read_settings as read_settings
from .toml import write_settings as write_settings
