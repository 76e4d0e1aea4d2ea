"""Description of the machine of a benchmark."""

import functools
import os
import platform
from pathlib import Path

import jax

from jaxcom.support.provenance import commit


@functools.cache  # the first call precedes writing a result, which would make the commit dirty
def machine() -> str:
    """Device, versions, XLA flags and commit of this process, as text."""
    device = jax.devices()[0]
    name = device.device_kind
    if device.platform == "cpu":
        name = f"{_cpu_name()}, {len(os.sched_getaffinity(0))} cores"
    versions = f"jax {jax.__version__}, Python {platform.python_version()}, float64"
    flags = os.environ.get("XLA_FLAGS", "")
    return "; ".join([name, versions, *([flags] if flags else []), f"commit {commit()}"])


def _cpu_name() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    flags = " ".join(line for line in lines[:40] if line.startswith("flags"))
    width = "AVX-512" if "avx512f" in flags else "AVX2" if "avx2" in flags else "no AVX2"
    return f"{names[0] if names else platform.machine()} ({width})"
