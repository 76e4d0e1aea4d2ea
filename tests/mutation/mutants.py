"""Mutants of a source file: copies with one small mistake each.

The mistakes are those that people make in numerical code: another operator or sign, a lost term,
a constant or a number of steps off by one, swapped arguments or alternatives, a lost safeguard.
Docstrings, annotations, decorators, error messages and tables are left alone.
"""

import ast
from collections.abc import Callable, Iterator
from typing import NamedTuple

OPERATORS = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
LOSING = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.BitAnd, ast.BitOr)
BOUNDARY = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
OPPOSITE = {
    ast.Lt: ast.GtE, ast.LtE: ast.Gt, ast.Gt: ast.LtE, ast.GtE: ast.Lt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}  # fmt: skip
SAFEGUARDS = ("abs", "stop_gradient", "in_memory", "nan_to_num", "symmetric_part", "broadcast")
COMMUTING = ("maximum", "minimum", "broadcast_shapes", "determinant")
TEXTS = ("table", "ValueError", "TypeError", "RuntimeError", "require_known", "require_x64")


class Mutant(NamedTuple):
    """A file with one mistake.

    Attributes:
        path: file, relative to the repository.
        line: number of the first changed line.
        before: the lines that change, as one.
        after: these lines with the mistake.
        source: the whole file with the mistake.
    """

    path: str
    line: int
    before: str
    after: str
    source: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.before}  ->  {self.after}"


def mutants_of(path: str, source: str) -> list[Mutant]:
    """All mutants of a file, in the order of their places.

    >>> for mutant in mutants_of("f.py", "def f(x): return 2.0 * min(x - 1.0, 0.0)"):
    ...     print(mutant.after)
    def f(x): return (2.0 / min(x - 1.0, 0.0))
    def f(x): return (2.0)
    def f(x): return (min(x - 1.0, 0.0))
    def f(x): return (3.0) * min(x - 1.0, 0.0)
    def f(x): return 2.0 * (min(0.0, x - 1.0))
    def f(x): return 2.0 * min((x + 1.0), 0.0)
    def f(x): return 2.0 * min((x), 0.0)
    def f(x): return 2.0 * min((1.0), 0.0)
    def f(x): return 2.0 * min(x - (1.5), 0.0)
    def f(x): return 2.0 * min(x - 1.0, (1.0))
    """
    found: list[Mutant] = []
    for node in _mutable(ast.parse(source)):
        for after in _mistakes(node):
            mutated = _replaced(source, node, after)
            if _compiles(mutated) and after != ast.unparse(node):
                found.append(Mutant(path, node.lineno, *_changed(source, mutated, node), mutated))
    return found


def _changed(source: str, mutated: str, node: ast.AST) -> tuple[str, str]:
    """Lines of a node before and after a mistake, each as one line."""
    first, last = node.lineno - 1, node.end_lineno
    grown = len(mutated.splitlines()) - len(source.splitlines())
    before, after = source.splitlines()[first:last], mutated.splitlines()[first : last + grown]
    return " ".join(" ".join(before).split()), " ".join(" ".join(after).split())


def _mutable(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that may be changed, with their children, without texts for people and types."""
    yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "bases", "type_params"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _is_for_people(child):
                yield from _mutable(child)


def _is_for_people(node: ast.AST) -> bool:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == "__str__":
        return True
    if isinstance(node, ast.Call) and _name(node) in ("TypeVar", "parameter"):
        return True
    if isinstance(node, ast.Call) and _name(node) in TEXTS:
        return True
    return isinstance(node, ast.Raise | ast.Import | ast.ImportFrom | ast.JoinedStr | ast.alias)


def _mistakes(node: ast.AST) -> list[str]:
    """Sources of what may stand in the place of a node."""
    kinds: dict[type, Callable[[ast.AST], list[ast.AST | str]]] = {
        ast.BinOp: _of_operator,
        ast.UnaryOp: lambda node: [node.operand],
        ast.Constant: _of_constant,
        ast.Compare: _of_comparison,
        ast.BoolOp: _of_condition,
        ast.Call: _of_call,
        ast.IfExp: lambda node: [ast.IfExp(node.test, node.orelse, node.body)],
        ast.AugAssign: lambda node: ["pass"],
        ast.Expr: lambda node: ["pass"],
    }
    if type(node) not in kinds:
        return []
    return [_text(each) for each in kinds[type(node)](node)]


def _of_operator(node: ast.BinOp) -> list:
    changed = []
    if type(node.op) in OPERATORS:
        changed.append(ast.BinOp(node.left, OPERATORS[type(node.op)](), node.right))
    if isinstance(node.op, LOSING):
        changed += [node.left, node.right]
    return changed


def _of_constant(node: ast.Constant) -> list:
    value = node.value
    if isinstance(value, bool):
        return [ast.Constant(not value)]
    if isinstance(value, int):
        return [ast.Constant(value + 1), *([ast.Constant(value - 1)] if value else [])]
    if isinstance(value, float | complex):
        return [ast.Constant(1.5 * value if value else 1.0)]
    return []


def _of_comparison(node: ast.Compare) -> list:
    kind = type(node.ops[0])
    tables = [table for table in (BOUNDARY, OPPOSITE) if kind in table]
    return [ast.Compare(node.left, [t[kind](), *node.ops[1:]], node.comparators) for t in tables]


def _of_condition(node: ast.BoolOp) -> list:
    other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    return [ast.BoolOp(other, node.values), *node.values]


def _of_call(node: ast.Call) -> list:
    name, changed = _name(node), []
    args = node.args
    if any(isinstance(arg, ast.Starred) for arg in args):
        return []
    if name == "where" and len(args) == 3:
        changed += [_with(node, args=[args[0], args[2], args[1]]), args[1], args[2]]
    elif name in ("maximum", "minimum"):
        other = "minimum" if name == "maximum" else "maximum"
        changed += [ast.Call(_with(node.func, attr=other), args, []), *args]
    elif name in SAFEGUARDS and args:
        changed.append(args[0])
    elif len(args) >= 2 and name not in COMMUTING:
        changed.append(_with(node, args=[args[1], args[0], *args[2:]]))
    return changed


def _name(node: ast.Call) -> str:
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def _with(node: ast.AST, **changes) -> ast.AST:
    return type(node)(**(dict(ast.iter_fields(node)) | changes))


def _text(node: ast.AST | str) -> str:
    return node if isinstance(node, str) else ast.unparse(ast.fix_missing_locations(node))


def _replaced(source: str, node: ast.AST, text: str) -> str:
    """Source with the text of a node replaced, in parentheses if it is an expression."""
    lines = source.encode().splitlines(keepends=True)
    start = sum(map(len, lines[: node.lineno - 1])) + node.col_offset
    stop = sum(map(len, lines[: node.end_lineno - 1])) + node.end_col_offset
    if isinstance(node, ast.expr):
        text = f"({text})"
    elif isinstance(node, ast.stmt):
        text = text.replace("\n", "\n" + " " * node.col_offset)
    whole = b"".join(lines)
    return (whole[:start] + text.encode() + whole[stop:]).decode()


def _compiles(source: str) -> bool:
    try:
        compile(source, "mutant", "exec")
    except SyntaxError:
        return False
    return True
