"""`jaxcom optimize`: the best design of a box, and a report of it."""

from .command import prepare as prepare
