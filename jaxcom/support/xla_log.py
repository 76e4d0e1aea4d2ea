"""Log of XLA, for the command `jaxcom`.

XLA before jax 0.12 compares LLVM's tuning preferences with the instruction sets of the CPU whenever
it loads a program from the cache, and prints several kilobytes about SIGILL, though the program was
compiled on the same CPU (openxla/xla#44565). The cache folder is another one for each type of CPU,
so that a program for another CPU is never loaded. This module must be imported before jax.
"""

import importlib.metadata
import os
import sys
from pathlib import Path

if Path(sys.argv[0]).stem == "jaxcom" and importlib.metadata.version("jax") < "0.12":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
