"""Algorithms of a search: problem, climb, polish, KKT conditions, checkpoint."""
