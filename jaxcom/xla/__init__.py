"""Arrangements for XLA: where kernels start and end, arithmetic that fuses, precision."""
