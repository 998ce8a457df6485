"""Avro as straight Python, made once from a schema: the library walks the schema for every value, which costs more than the reading.

`codec` is its only user and keeps the library as the judge: whatever this code stumbles over (a negative block count, a wrong type,
a byte too few) goes to the library, which reads or refuses it. So this code may give up at any time, but never be more patient.

Reading remembers. Strings that follow one another are recognised together by their bytes, because reports say the same few
codes again and again. That is exact: Avro is decoded from left to right, so bytes that begin like ones decoded before decode to the same.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any, Final

from liaison.protocol.avro_values import (
    DOUBLE,
    SPANS,
    GaveUp,
    Memory,
    array_writer,
    decimal_reader,
    decimal_writer,
    fixed_writer,
    number_writer,
    read_day,
    read_long,
    strings_reader,
    write_bytes,
    write_date,
    write_double,
    write_string,
)
from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SIZES: Final = {"int": 32, "long": 64}


class Unsupported(LiaisonError):  # noqa: N818 - named for the state
    """This schema has a type that is left to the library."""

    code = "codec.not-compiled"


class _Source:
    """Python being written: its lines, the names it uses, and the types the schema has named so far."""

    def __init__(self, names: dict[str, Any], outer: _Source | None = None) -> None:
        """`outer`: the source of the function that will call this one; they share names and types."""
        self.lines: list[str] = []
        self.depth = 1
        self.names = names
        self.types: dict[str, Any] = outer.types if outer else {}
        self.numbers: count[int] = outer.numbers if outer else count()

    def line(self, text: str) -> None:
        self.lines.append("    " * self.depth + text)

    def fresh(self, prefix: str) -> str:
        return f"{prefix}{next(self.numbers)}"

    def keep(self, prefix: str, value: object) -> str:
        """A name under which the made code finds this value."""
        name = self.fresh(prefix)
        self.names[name] = value
        return name

    def resolved(self, schema: object) -> tuple[str, Mapping[str, Any]]:
        """The type's own word (`decimal`, `date`, `record` ...) and its definition. Raises Unsupported."""
        if isinstance(schema, str):
            schema = self.types.get(schema, {"type": schema})
        if not isinstance(schema, dict):
            raise Unsupported
        word = schema.get("logicalType") or schema["type"]
        if word in ("record", "fixed"):
            self.types[schema["name"]] = schema
        return word, schema

    def made(self, header: str, result: str) -> Any:  # noqa: ANN401 - the function
        """Compile what was written. It consists of our own text and of names that `repr` has quoted."""
        text = "\n".join([header, *self.lines, f"    return {result}"])
        space = dict(self.names)
        exec(compile(text, "<schema>", "exec"), space)  # noqa: S102 - no other way makes a function of straight code
        return space["made"]


def compiled_reader(schema: object) -> Callable[[bytes], Any]:
    """Reads bytes under this schema; raises anything at all when they are unusual or wrong. Raises Unsupported."""
    source = _Source({"SPANS": SPANS, "read_long": read_long, "unpack": DOUBLE.unpack_from, "GaveUp": GaveUp})
    source.line("i = 0")
    result = _read(source, schema)
    source.line("if i != len(d): raise GaveUp")
    return source.made("def made(d):", result)  # type: ignore[no-any-return]


def _read(source: _Source, schema: object) -> str:
    """Write what reads one value at `i`; the name it then has."""
    word, definition = source.resolved(schema)
    try:
        return _READERS[word](source, definition)
    except KeyError:
        raise Unsupported from None


def _read_record(source: _Source, definition: Mapping[str, Any]) -> str:
    """Strings in a row are read as one run. A record without fields has no width: an array of them would cost nothing to claim."""
    if not definition["fields"]:
        raise Unsupported
    found: list[tuple[str, str]] = []
    run: list[tuple[str, str]] = []
    for one in definition["fields"]:
        if source.resolved(one["type"])[0] == "string":
            run.append((one["name"], source.fresh("s")))
            continue
        _read_run(source, [name for _, name in run])
        found += run
        run = []
        found.append((one["name"], _read(source, one["type"])))
    _read_run(source, [name for _, name in run])
    name = source.fresh("r")
    source.line(f"{name} = {{{', '.join(f'{key!r}: {value}' for key, value in [*found, *run])}}}")
    return name


def _read_run(source: _Source, names: list[str]) -> None:
    if not names:
        return
    known: dict[bytes, tuple[str, ...]] = {}
    memory, read = source.keep("K", known), source.keep("R", strings_reader(len(names), known))
    source.line("j = i + SPANS[d[i]]")
    for _ in names[1:]:
        source.line("j += SPANS[d[j]]")
    source.line("k = d[i:j]")
    targets = ", ".join(names) + ","
    source.line(f"if k in {memory}: {targets} = {memory}[k]; i = j")
    source.line(f"else: ({targets}), i = {read}(d, i)")


def _read_string(source: _Source, _definition: Mapping[str, Any]) -> str:
    name = source.fresh("s")
    _read_run(source, [name])
    return name


def _read_decimal(source: _Source, definition: Mapping[str, Any]) -> str:
    name = source.fresh("a")
    memory = source.keep("D", Memory(decimal_reader(definition["precision"], definition.get("scale", 0))))
    source.line("j = i + SPANS[d[i]]")
    source.line(f"{name} = {memory}[d[i:j]]; i = j")
    return name


def _read_bytes(source: _Source, _definition: Mapping[str, Any]) -> str:
    name = source.fresh("b")
    _read_zigzag(source)
    source.line("if n & 1: raise GaveUp")
    source.line("j = i + (n >> 1)")
    source.line(f"{name} = d[i:j]; i = j")
    return name


def _read_fixed(source: _Source, definition: Mapping[str, Any]) -> str:
    if not definition["size"]:
        raise Unsupported
    name = source.fresh("f")
    source.line(f"j = i + {definition['size']:d}")
    source.line(f"{name} = d[i:j]; i = j")
    return name


def _read_zigzag(source: _Source) -> None:
    """Into `n`, one or two bytes in place; `i` behind it."""
    source.line("n = d[i]; i += 1")
    source.line("if n > 127:")
    source.line("    m = d[i]")
    source.line("    if m < 128: n = n & 127 | m << 7; i += 1")
    source.line("    else: n, i = read_long(d, i - 1)")


def _read_number(source: _Source, definition: Mapping[str, Any]) -> str:
    name = source.fresh("n")
    _read_zigzag(source)
    if definition["type"] == "int":
        source.line("if n >> 32: raise GaveUp")
    source.line(f"{name} = n >> 1 if not n & 1 else ~(n >> 1)")
    return name


def _read_double(source: _Source, _definition: Mapping[str, Any]) -> str:
    name = source.fresh("f")
    source.line(f"{name} = unpack(d, i)[0]; i += 8")
    return name


def _read_date(source: _Source, _definition: Mapping[str, Any]) -> str:
    name = source.fresh("t")
    memory = source.keep("T", Memory(read_day))
    _read_zigzag(source)
    source.line(f"{name} = {memory}[n]")
    return name


def _read_array(source: _Source, definition: Mapping[str, Any]) -> str:
    name, left = source.fresh("l"), source.fresh("c")
    source.line(f"{name} = []")
    source.line(f"{left} = d[i]; i += 1")
    source.line(f"while {left}:")
    source.depth += 1
    source.line(f"if {left} > 127: {left}, i = read_long(d, i - 1)")
    source.line(f"if {left} & 1 or not {left}: raise GaveUp")  # an overlong zero ends the array like a short one
    source.line(f"for _ in range({left} >> 1):")
    source.depth += 1
    item = _read(source, definition["items"])
    source.line(f"{name}.append({item})")
    source.depth -= 1
    source.line(f"{left} = d[i]; i += 1")
    source.depth -= 1
    return name


_READERS: Final[Mapping[str, Callable[[_Source, Mapping[str, Any]], str]]] = {
    "record": _read_record,
    "string": _read_string,
    "decimal": _read_decimal,
    "bytes": _read_bytes,
    "fixed": _read_fixed,
    "int": _read_number,
    "long": _read_number,
    "double": _read_double,
    "date": _read_date,
    "array": _read_array,
}


def compiled_writer(schema: object) -> Callable[[Any], bytes]:
    """Writes a record that has exactly the schema's fields; raises anything at all when it is unusual. Raises Unsupported."""
    source = _Source({"GaveUp": GaveUp, "S": Memory(write_string, texts=True)})
    parts = _write(source, schema, "x")
    return source.made("def made(x):", f"b''.join(({', '.join(parts)},))")  # type: ignore[no-any-return]


def _write(source: _Source, schema: object, value: str) -> list[str]:
    """Write what checks the value called `value`; the expressions of its pieces of bytes, in order."""
    word, definition = source.resolved(schema)
    if word == "record":
        name = source.fresh("r")
        source.line(f"{name} = {value}")
        source.line(f"if len({name}) != {len(definition['fields'])}: raise GaveUp")
        return [part for one in definition["fields"] for part in _write(source, one["type"], f"{name}[{one['name']!r}]")]
    if word == "string":
        return [f"S[{value}]"]
    return [f"{source.keep('W', _value_writer(source, word, definition))}({value})"]


def _value_writer(source: _Source, word: str, definition: Mapping[str, Any]) -> Callable[[Any], bytes]:
    """What writes one value of a type that is neither record nor string."""
    if word == "array":
        inner = _Source(source.names, source)
        parts = _write(inner, definition["items"], "x")
        return array_writer(inner.made("def made(x):", f"b''.join(({', '.join(parts)},))"))
    if word == "decimal":
        return decimal_writer(definition["precision"], definition.get("scale", 0))
    if word == "fixed":
        return fixed_writer(definition["size"])
    if word in SIZES:
        return number_writer(SIZES[word])
    try:
        return _WRITERS[word]
    except KeyError:
        raise Unsupported from None


_WRITERS: Final[Mapping[str, Callable[[Any], bytes]]] = {"bytes": write_bytes, "double": write_double, "date": write_date}
