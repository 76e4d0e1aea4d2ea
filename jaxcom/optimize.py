"""The package `optimize` under a name that no module of a user's hides.

`jaxcom.optimize` and `optimize` are the same modules. Where a module or a script of yours is called
`optimize`, which then hides the package of that name, import this one instead:

>>> from jaxcom.optimize import Box, maximize, objectives
>>> from optimize.fit import fit
>>> import jaxcom.optimize.fit
>>> jaxcom.optimize.fit.fit is fit
True
"""

import importlib
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path

_FOLDER = Path(__file__).parents[1] / "optimize"


class _Alias(MetaPathFinder, Loader):
    """Finds the module `jaxcom.optimize.x` as `optimize.x`."""

    def find_spec(self, fullname, path, target=None):
        if fullname.startswith(f"{__name__}."):
            return ModuleSpec(fullname, self)
        return None

    def create_module(self, spec):
        module = importlib.import_module(spec.name.removeprefix("jaxcom."))
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module):
        if module.__spec__ is not None:  # the import system has put its own
            module.__spec__ = module.__spec__.loader_state


def _is_hidden() -> bool:
    """Whether the name `optimize` leads to another module."""
    try:
        found = find_spec("optimize")
    except ValueError:  # a module without a spec
        return True
    return found is None or found.origin != str(_FOLDER / "__init__.py")


def _load() -> None:
    """Put the package in the place of this module."""
    if not _is_hidden():
        sys.meta_path.insert(0, _Alias())
        sys.modules[__name__] = importlib.import_module("optimize")
        return
    spec = spec_from_file_location(
        __name__, _FOLDER / "__init__.py", submodule_search_locations=[str(_FOLDER)]
    )
    assert spec is not None
    assert spec.loader is not None
    sys.modules[__name__] = package = module_from_spec(spec)
    spec.loader.exec_module(package)


_load()
