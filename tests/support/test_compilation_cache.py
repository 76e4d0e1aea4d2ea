"""The cache of compiled programs, in processes of their own."""

import os
import subprocess
import sys

import pytest

from jaxcom.support.compilation_cache import default_folder, enable_cache

PROGRAM = """
import sys
import jax
import jaxcom as jc
jax.config.update("jax_enable_x64", True)
jax.monitoring.register_event_listener(
    lambda event, **_: print(event) if "compilation_cache/cache" in event else None
)
print(jc.enable_cache(sys.argv[1]))
print(jc.entanglement(jc.SpinningResonator(detuning=19e6), jc.LEFT))
"""


def run(folder):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("JAX_")}
    command = [sys.executable, "-c", PROGRAM, str(folder)]
    return subprocess.run(
        command, capture_output=True, text=True, check=True, env=environment
    ).stdout


def test_a_second_process_loads_what_the_first_has_compiled(tmp_path):
    first, second = run(tmp_path / "cache"), run(tmp_path / "cache")
    assert "cache_misses" in first
    assert "cache_misses" not in second
    assert "cache_hits" in second
    assert first.splitlines()[-1] == second.splitlines()[-1]
    assert any((tmp_path / "cache").iterdir())


def test_bad_size(tmp_path):
    with pytest.raises(ValueError, match="`max_size` must be at least 1, but is 0"):
        enable_cache(tmp_path, max_size=0)


def test_default_folder_belongs_to_the_user():
    assert default_folder().is_absolute()
    assert "jaxcom" in default_folder().parts
