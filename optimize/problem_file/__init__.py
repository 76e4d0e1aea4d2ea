"""Problem files: what is searched and how, as TOML that a person writes and a run keeps."""

from optimize.problem_file.packaged import packaged as packaged
from optimize.problem_file.packaged import problem_path as problem_path
from optimize.problem_file.robust import Robustness as Robustness
from optimize.problem_file.study import DEFAULT_BOX as DEFAULT_BOX
from optimize.problem_file.study import Study as Study
from optimize.problem_file.study import read_study as read_study
from optimize.problem_file.study import study_of as study_of
from optimize.problem_file.toml import merged as merged
from optimize.problem_file.toml import read_settings as read_settings
from optimize.problem_file.toml import write_settings as write_settings
