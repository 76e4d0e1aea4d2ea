"""Helpers without physics: parameters, tables, files, error texts, versions."""
