"""The machinery of a search: problem, climb, polish, conditions of optimality."""
