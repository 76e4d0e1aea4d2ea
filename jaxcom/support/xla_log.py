"""Log of XLA, for the command `jaxcom`.

XLA before jax 0.12 compares LLVM's tuning preferences with the instruction sets of the CPU whenever
it loads a program from the cache, and prints several kilobytes about SIGILL, though the program was
compiled on the same CPU (openxla/xla#44565). The cache folder is another one for each type of CPU,
so that a program for another CPU is never loaded. This module must be imported before jax.

JAX sets the level to 1 where it is not set, also for the processes that its process starts, such as
a command in a notebook; so that is not a choice of the user.
"""

import importlib.metadata
import os
import sys
from pathlib import Path

LEVEL = "TF_CPP_MIN_LOG_LEVEL"
"""Variable of the environment with the least severity that XLA prints."""

if (
    Path(sys.argv[0]).stem == "jaxcom"
    and importlib.metadata.version("jax") < "0.12"
    and os.environ.get(LEVEL, "1") == "1"
):
    os.environ[LEVEL] = "3"
