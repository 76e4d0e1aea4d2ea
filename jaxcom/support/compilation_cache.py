"""Persistent cache of compiled programs, so that later processes start without compiling."""

import hashlib
import os
import platform
from pathlib import Path

import jax
import platformdirs
from jax.experimental.compilation_cache import compilation_cache

MAX_SIZE = 2**28
"""Default size of the cache in bytes, above which the least recently used programs go."""


def enable_cache(folder: str | os.PathLike | None = None, *, max_size: int = MAX_SIZE) -> Path:
    """Keep compiled programs in a folder of the disk, from which later processes load them.

    Call it before the first computation, for example in the first cell of a notebook. JAX knows its
    programs by its version, by that of XLA and by their options. They hold machine code: the
    default folder is another one for each type of CPU, and any folder should be writable for you
    alone. On CPUs, jax before 0.12 prints a false alarm about SIGILL for programs that it loads,
    unless TF_CPP_MIN_LOG_LEVEL is 3 when jax is imported; the command `jaxcom` sets it.

    Args:
        folder: folder of the cache; by default the one that JAX uses already, for example because
            of JAX_COMPILATION_CACHE_DIR, or else one in the user's cache directory.
        max_size: size of the folder in bytes above which the least recently used programs are
            deleted.

    Returns:
        The folder.

    Raises:
        OSError: the folder cannot be created.
        ValueError: `max_size` is below 1.

    >>> import jaxcom as jc
    >>> jc.enable_cache()  # doctest: +SKIP
    PosixPath('/home/user/.cache/jaxcom/compiled/8c1f0d5e6a7b')
    """
    if max_size < 1:
        raise ValueError(f"Argument `max_size` must be at least 1, but is {max_size}.")
    present = getattr(jax.config, "jax_compilation_cache_dir", None)
    if folder is None and present:
        return Path(present)
    path = Path(folder or default_folder())
    path.mkdir(parents=True, exist_ok=True)
    jax.config.update("jax_compilation_cache_dir", str(path))
    jax.config.update("jax_compilation_cache_max_size", max_size)
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    compilation_cache.reset_cache()  # otherwise a cache that is in use already stays
    return path


def default_folder() -> Path:
    """Folder of the cache in the user's cache directory, for this type of CPU.

    >>> default_folder().parent.name
    'compiled'
    """
    name = hashlib.sha256(_cpu().encode()).hexdigest()[:12]
    return platformdirs.user_cache_path("jaxcom") / "compiled" / name


def _cpu() -> str:
    """Model and instruction sets of the CPU, as far as they are known."""
    fields = ("model name", "flags", "Features", "CPU part")
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    described = sorted({line for line in lines if line.startswith(fields)})
    return "\n".join([platform.machine(), platform.processor(), *described])
