"""Helpers without physics: parameters, tables, files, error messages, versions."""
