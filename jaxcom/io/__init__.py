"""Designs and values as files and text."""
