"""Paths of the benchmarks: the results, and the references they share with the tests."""

import sys
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
