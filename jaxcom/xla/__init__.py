"""Arrangements for XLA: code that looks odd because of how XLA compiles it.

Everything here could be written in one plain line of `jax.numpy` and would return the same numbers,
more slowly. `benchmarks/xla_tricks.py` measures each function against that line, and
`tests/xla/test_tricks.py` fails as soon as XLA compiles the plain line as well.
"""
