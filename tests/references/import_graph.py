"""The import graph of this repository: which room imports which, and import circles.

`python tests/references/import_graph.py` prints it; the exit code is 1 if there is a circle.
"""

import ast
import graphlib
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("jaxcom", "optimize")


def files(*folders: str) -> dict[str, Path]:
    """Paths of the modules below some folders of the repository, by their dotted names."""
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return {_name(path): path for path in paths}


def imports(module: str, modules: dict[str, Path]) -> set[str]:
    """Modules among those given that a module imports anywhere in its file."""
    path, found = modules[module], set()
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            members = {alias.name: _known(f"{base}.{alias.name}", modules) for alias in node.names}
            found |= {member or base for member in members.values()}
    return {known for name in found if (known := _known(name, modules)) and known != module}


def room(module: str) -> str:
    """Package and first name below it, `jaxcom.scan` of `jaxcom.scan.plan`."""
    return ".".join(module.split(".")[:2])


def circle(modules: dict[str, Path]) -> list[str]:
    """Modules that import each other in a circle; empty if there is none."""
    graph = {module: imports(module, modules) for module in modules}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return error.args[1]
    return []


def rooms() -> dict[str, set[str]]:
    """Rooms that each room of the packages imports."""
    modules = files(*PACKAGES)
    graph: dict[str, set[str]] = {room(module): set() for module in modules}
    for module in modules:
        graph[room(module)] |= {room(name) for name in imports(module, modules)}
    return {name: imported - {name} for name, imported in graph.items()}


def main() -> int:
    """Print the rooms in an order in which imports only point upwards, and circles if any."""
    found = circle(files(*PACKAGES, "benchmarks", "tests"))
    if found:
        print("import circle: " + " -> ".join(found))
        return 1
    graph = rooms()
    for name in graphlib.TopologicalSorter(graph).static_order():
        print(f"{name:<24} {', '.join(sorted(graph[name]))}")
    print("no import circle in jaxcom, optimize, benchmarks and tests")
    return 0


def _name(path: Path) -> str:
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _known(name: str, modules: dict[str, Path]) -> str | None:
    """Module that a name belongs to: itself, or one of the folders of tests and benchmarks."""
    candidates = [name, f"tests.{name}", f"benchmarks.{name}"]
    return next((known for known in candidates if known in modules), None)


if __name__ == "__main__":
    sys.exit(main())
