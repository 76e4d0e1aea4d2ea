"""Designs and values as people write them: files and texts."""
