"""Command `jaxcom optimize`: search for the best design in a box, and report it."""

from .command import prepare as prepare
