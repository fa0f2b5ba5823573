"""Reads a tree of Python packages for the rules of the house: files, imports, strings, names."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

Function = (ast.FunctionDef, ast.AsyncFunctionDef)
Named = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def modules(root: Path, *patterns: str) -> Iterator[tuple[Path, ast.Module]]:
    """Every Python file that a pattern finds, parsed."""
    for pattern in patterns:
        for path in sorted(root.glob(pattern)):
            if "__pycache__" not in path.parts and not path.is_relative_to(root / ".venv"):
                yield path, ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Absolute imports, dotted, also of names: `from a import b` is `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def services(root: Path) -> list[Path]:
    """The folders of the services, by name."""
    return sorted(path for path in root.glob("services/*") if (path / "src").is_dir())


def nouns(root: Path) -> set[str]:
    """The nouns of the contracts: their packages."""
    return {
        path.parent.name for path in root.glob("contracts/src/crossdock_contracts/*/__init__.py")
    }


def where(root: Path, path: Path, line: int, what: str) -> str:
    """A breach, as an editor can jump to it."""
    return f"{path.relative_to(root)}:{line} {what}"


def strings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """String constants that are not docstrings; an f-string counts as one, with gaps."""
    skipped: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            skipped.add(id(node.value))
        elif isinstance(node, ast.JoinedStr):
            skipped.update(id(part) for part in node.values)
            parts = (p.value if isinstance(p, ast.Constant) else "x" for p in node.values)
            yield node.lineno, "".join(map(str, parts))
        elif id(node) not in skipped and isinstance(node, ast.Constant):
            yield from [(node.lineno, node.value)] if isinstance(node.value, str) else []


def public(tree: ast.Module | ast.ClassDef) -> Iterator[Named]:
    """Public classes, functions and methods; overloads say nothing of their own."""
    for node in tree.body:
        if isinstance(node, (ast.ClassDef, *Function)) and not node.name.startswith("_"):
            if not any(ast.unparse(mark).endswith("overload") for mark in node.decorator_list):
                yield node
            if isinstance(node, ast.ClassDef):
                yield from public(node)
