"""The rules of the house that no linter knows, each a function from a tree to the sentences about what breaks it."""

from __future__ import annotations

import ast
import functools
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Function = ast.FunctionDef | ast.AsyncFunctionDef

PRODUCT = ("liaison", "enforcement", "services", "schemas")
TREE = (*PRODUCT, "demo", "bench", "tests")

MAX_MODULE_LINES = 400
MEDIAN_FUNCTION_LINES = 10
ASK_FUNCTION_LINES = 40
# Longer functions that were asked for and granted: "path:function" to the reason.
GRANTED: dict[str, str] = {
    "liaison/node/store.py:node_tables": "the engine's schema, one table after the other; cut up, it could no longer be read as one",
}

FORBIDDEN_MODULES = frozenset({"base", "bases", "util", "utils", "common", "helper", "helpers", "manager", "managers", "misc"})
FORBIDDEN_CLASSES = ("Manager", "Helper", "Helpers", "Utils", "Repository", "Singleton")

# What must not happen while a module is imported: making engines, clients, settings, tables, or reading files.
_MAKERS = (
    "create_engine Engine MetaData Table sessionmaker Database Settings load_settings FastAPI KafkaBroker MemoryBroker MemoryCluster"
    " EmbeddedKafka PrometheusMetrics CollectorRegistry AIOKafkaConsumer AIOKafkaProducer TestClient"
)
_TOUCHES = "open read_text read_bytes write_text write_bytes mkdir run Popen connect urlopen print"
NOT_ON_IMPORT = frozenset(f"{_MAKERS} {_TOUCHES}".split())

SYNCHRONOUS = ("liaison/protocol", "liaison/access", "enforcement")  # one colour: only the Kafka and web edges wait
PUBLISHERS = ("liaison/node", "liaison/adapters", "liaison/testing", "demo/intruder.py", "bench", "tests")


@dataclass(frozen=True, slots=True)
class Module:
    """One parsed file; `where` is its path from the root, with slashes."""

    where: str
    text: str
    tree: ast.Module

    @property
    def functions(self) -> list[Function]:
        """All functions and methods, nested ones too."""
        return [node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


@functools.cache
def modules(root: Path, packages: tuple[str, ...] = PRODUCT) -> list[Module]:
    """Every Python file of the packages that exist under `root`."""
    paths = sorted(path for package in packages for path in (root / package).rglob("*.py"))
    return [_module(root, path) for path in paths]


def _module(root: Path, path: Path) -> Module:
    text = path.read_text(encoding="utf-8")
    return Module(path.relative_to(root).as_posix(), text, ast.parse(text))


def modules_are_short(root: Path) -> list[str]:
    """400 lines at most."""
    counted = [(module.where, module.text.count("\n")) for module in modules(root, TREE)]
    long = [(where, lines) for where, lines in counted if lines > MAX_MODULE_LINES]
    return [f"{where} has {lines} lines; split it by duty ({MAX_MODULE_LINES} at most)" for where, lines in long]


def modules_say_what_they_are_for(root: Path) -> list[str]:
    """A docstring in each, migrations and empty packages included."""
    return [f"{module.where} has no docstring" for module in modules(root, TREE) if not ast.get_docstring(module.tree)]


def public_functions_say_what_they_do(root: Path) -> list[str]:
    """A docstring in each function whose name, class and module are public."""
    return [
        f"{module.where}:{node.lineno} {node.name} has no docstring"
        for module in modules(root)
        for node in _public(module.tree)
        if not ast.get_docstring(node)
    ]


def _public(scope: ast.Module | ast.ClassDef) -> Iterator[Function]:
    for node in scope.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from _public(node)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_") and not _is_overload(node):
            yield node


def _is_overload(node: Function) -> bool:
    return any("overload" in ast.unparse(decorator) for decorator in node.decorator_list)


def names_say_something(root: Path) -> list[str]:
    """No module or class that is named for being handy."""
    found = [
        f"{module.where} is named for nothing in particular"
        for module in modules(root, TREE)
        if FORBIDDEN_MODULES & set(module.where.removesuffix(".py").split("/"))
    ]
    return found + [
        f"{module.where}:{node.lineno} {node.name} is named for nothing in particular"
        for module in modules(root)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef) and (node.name.endswith(FORBIDDEN_CLASSES) or node.name.startswith("Abstract"))
    ]


def functions_are_short(root: Path) -> list[str]:
    """Median under 10 lines; more than 40 only where granted above. The docstring does not count."""
    lengths = {f"{m.where}:{node.name}": _length(node) for m in modules(root) for node in m.functions}
    long = [
        f"{where} has {lines} lines; split it, or ask for it in GRANTED"
        for where, lines in lengths.items()
        if lines > ASK_FUNCTION_LINES and where not in GRANTED
    ]
    median = statistics.median(lengths.values() or [0])
    if median >= MEDIAN_FUNCTION_LINES:
        long.append(f"the median function has {median} lines; under {MEDIAN_FUNCTION_LINES} is wanted")
    return long


def _length(node: Function) -> int:
    """Lines from `def` to the end, without the docstring."""
    documented = node.body[0] if ast.get_docstring(node) is not None else None
    docstring = 0 if documented is None else (documented.end_lineno or 0) - documented.lineno + 1
    return (node.end_lineno or node.lineno) - node.lineno + 1 - docstring


def grants_are_used(root: Path) -> list[str]:
    """A granted function that is gone or short again loses its grant."""
    long = {f"{m.where}:{node.name}" for m in modules(root) for node in m.functions if _length(node) > ASK_FUNCTION_LINES}
    return [f"{where} is granted without need" for where in GRANTED if where not in long]


def import_does_nothing(root: Path) -> list[str]:
    """No call at module or class level that makes an engine, a client, settings or tables, or touches a file."""
    return [
        f"{module.where}:{node.lineno} calls {_called(node)} while it is imported"
        for module in modules(root)
        if not module.where.endswith("__main__.py")
        for node in _calls_on_import(module.tree)
        if _called(node) in NOT_ON_IMPORT
    ]


def _calls_on_import(node: ast.AST) -> Iterator[ast.Call]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue  # the body runs later; a default made by one of these calls would be caught by ruff (B008)
        if isinstance(child, ast.If) and "__name__" in ast.unparse(child.test):
            continue
        if isinstance(child, ast.Call):
            yield child
        yield from _calls_on_import(child)


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)


def types_are_dispatched_by_table(root: Path) -> list[str]:
    """No ladder of ifs over event types: HANDLERS maps each type to its function."""
    return [
        f"{module.where}:{node.lineno} {node.name} compares event types {count} times; give each a handler"
        for module in modules(root)
        for node in module.functions
        if (count := sum(map(_compares_type, ast.walk(node)))) > 1
    ]


def _compares_type(node: ast.AST) -> bool:
    if isinstance(node, ast.Match):
        return _names_type(node.subject)
    if not isinstance(node, ast.Compare):
        return False
    sides = [node.left, *node.comparators]
    return any(map(_names_type, sides)) and any(isinstance(side, ast.Constant) and isinstance(side.value, str) for side in sides)


def _names_type(node: ast.AST) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name == "event_type" or (isinstance(node, ast.Attribute) and ast.unparse(node).endswith("event.type"))


def handlers_are_named_for_their_event(root: Path) -> list[str]:
    """In every HANDLERS table, the function for SeizureReported is called on_seizure_reported."""
    return [
        f"{module.where}:{value.lineno} {event} is handled by {ast.unparse(value)}, not by {_handler_of(event)}"
        for module in modules(root)
        for event, value in _handlers(module.tree)
        if isinstance(value, ast.Name | ast.Attribute) and ast.unparse(value).rpartition(".")[2] != _handler_of(event)
    ]


def _handler_of(event: str) -> str:
    return "on" + "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in event)


def _handlers(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for node in tree.body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or not isinstance(node.value, ast.Dict):
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if not any(isinstance(target, ast.Name) and target.id.endswith("HANDLERS") for target in targets):
            continue
        for key, value in zip(node.value.keys, node.value.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield key.value, value


def only_edges_wait(root: Path) -> list[str]:
    """No coroutine below the Kafka and web edges."""
    return [
        f"{module.where}:{node.lineno} {node.name} is a coroutine; only the Kafka and web edges are"
        for module in modules(root)
        if module.where.startswith(SYNCHRONOUS) and not module.where.endswith("pages.py")
        for node in module.functions
        if isinstance(node, ast.AsyncFunctionDef)
    ]


def only_the_relay_publishes(root: Path) -> list[str]:
    """Nobody but the engine writes to a broker: everything else goes through the outbox, in its transaction."""
    return [
        f"{module.where}:{node.lineno} publishes past the outbox"
        for module in modules(root, TREE)
        if not module.where.startswith(PUBLISHERS)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "publish"
        if "broker" in ast.unparse(node.func.value).lower()
    ]


RULES: tuple[Callable[[Path], list[str]], ...] = (
    modules_are_short,
    modules_say_what_they_are_for,
    public_functions_say_what_they_do,
    names_say_something,
    functions_are_short,
    grants_are_used,
    import_does_nothing,
    types_are_dispatched_by_table,
    handlers_are_named_for_their_event,
    only_edges_wait,
    only_the_relay_publishes,
)
