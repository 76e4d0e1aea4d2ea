"""Results of a search, and the evidence for them."""
