"""What a search found, and the evidence for it."""
