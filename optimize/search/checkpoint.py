"""Checkpoint of a search: a file from which an interrupted search resumes, to the same result."""

import hashlib
import json
import os
import time
from pathlib import Path
from typing import Any, Protocol

import equinox as eqx
import jax
import numpy as np

from jaxcom.support.arrays import read_arrays, write_arrays
from jaxcom.support.provenance import provenance


class SearchStorage(Protocol):
    """Storage for the state of searches, each known by its fingerprint.

    `Checkpoint` keeps one search in a file; `optimize.command` keeps those of a run in a folder.
    """

    def load(self, fingerprint: str) -> list[np.ndarray]:
        """Leaves of the stored state; an empty list if there is nothing to resume."""
        ...

    def save(self, state: Any, fingerprint: str, *, at_once: bool = False) -> None:
        """Store the leaves of a state; unless `at_once`, not if one was stored moments ago."""
        ...


class Checkpoint:
    """File with the state of one search, written atomically every few seconds.

    Args:
        path: path of the file.
        resume: whether to resume from the file, if it exists; otherwise it is replaced.
        every: minimum number of seconds between two writes.
    """

    def __init__(self, path: str | os.PathLike, *, resume: bool = False, every: float = 5.0):
        self.path, self.resume, self.every = Path(path), resume, every
        self._last = time.monotonic()

    def load(self, fingerprint: str) -> list[np.ndarray]:
        """Leaves of the state in the file; an empty list if there is nothing to resume.

        Args:
            fingerprint: fingerprint of the search, from `fingerprint_of`.

        Raises:
            ValueError: the file belongs to another search, or is damaged.
        """
        if not self.resume or not self.path.exists():
            return []
        try:
            arrays = read_arrays(self.path)
            stored = str(arrays.pop("fingerprint"))
            leaves = [arrays[f"leaf_{k}"] for k in range(len(arrays))]
        except (KeyError, OSError, ValueError) as error:
            raise ValueError(f"{self.path} is not a checkpoint of a search: {error}") from None
        if stored != fingerprint:
            raise ValueError(
                f"{self.path} belongs to another search, or to other versions: resume with the "
                "same problem, options and packages, or start again without it"
            )
        return leaves

    def save(self, state: Any, fingerprint: str, *, at_once: bool = False) -> None:
        """Write the leaves of a state, unless the last write was less than `every` seconds ago.

        Args:
            state: state of the search, a pytree of arrays.
            fingerprint: fingerprint of the search.
            at_once: whether to write in any case.
        """
        if not at_once and time.monotonic() - self._last < self.every:
            return
        numbered = enumerate(jax.tree.leaves(state))
        leaves = {f"leaf_{k}": np.asarray(leaf) for k, leaf in numbered}
        write_arrays(self.path, leaves | {"fingerprint": np.array(fingerprint)})
        self._last = time.monotonic()

    def remove(self) -> None:
        """Delete the file, once the search has ended."""
        self.path.unlink(missing_ok=True)


def fingerprint_of(problem: Any, **options: Any) -> str:
    """Fingerprint of a search: hash of its problem, options and package versions.

    Functions enter by their names. Searches with the same fingerprint have the same result.
    """
    arrays, rest = eqx.partition(problem, eqx.is_array)
    leaves = [np.asarray(leaf).tobytes().hex() for leaf in jax.tree.leaves(arrays)]
    functions = [getattr(leaf, "__qualname__", repr(leaf)) for leaf in jax.tree.leaves(rest)]
    versions = {key: value for key, value in provenance().items() if key != "jaxcom_commit"}
    content = [leaves, functions, str(jax.tree.structure(arrays)), repr(options), versions]
    return hashlib.sha256(json.dumps(content, default=str).encode()).hexdigest()
