"""Raw path and method -> operation, by tables made at load.

Paths without templates are found in one dictionary; the others in a trie over the segments of the
path, concrete segments before templated ones (OpenAPI 3.0.3, 4.7.8.1). Segments are split before
they are decoded, so `%2F` is data.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from mockserver.contract.operation import Operation

# Sub-templates of one segment, such as `{id}:cancel` or `{name}.{suffix}`.
_TEMPLATED = re.compile(r"\{[^}]*\}")
# What a path may hold as it is (RFC 3986, 3.3).
_PLAIN = frozenset(
    b"%c" % byte
    for byte in b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@"
)


@dataclass(slots=True)
class Node:
    """One place in the trie: the methods served there and the segments below.

    Attributes:
        methods: Operations by method.
        children: Concrete segments, decoded.
        partial: Segments that are a template in part, such as `{id}:cancel`.
        whole: Any other segment, as a value.
        templated: Whether a segment may be a value here.
    """

    methods: dict[str, Operation] = field(default_factory=dict)
    children: dict[bytes, "Node"] = field(default_factory=dict)
    partial: list[tuple[re.Pattern[bytes], "Node"]] = field(default_factory=list)
    whole: "Node | None" = None
    templated: bool = False

    def allow(self) -> str:
        """The value of `Allow`: what is documented, and what follows from it."""
        methods = set(self.methods) | {"OPTIONS"} | ({"HEAD"} if "GET" in self.methods else set())
        return ", ".join(sorted(methods))


Match = tuple[Node, tuple[bytes, ...]]


class Table:
    """The operations of all contracts, by path."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self.operations = tuple(operations)
        self._exact: dict[bytes, Match] = {}
        self._root = Node()
        for operation in self.operations:
            self._add(operation)

    def _add(self, operation: Operation) -> None:
        segments = operation.path.split("/")[1:]
        node = self._root
        for segment in segments:
            node = _below(node, segment)
        node.methods[operation.method] = operation
        if "{" not in operation.path:
            self._exact[operation.path.encode()] = (node, ())

    def find(self, raw_path: bytes) -> Match | None:
        """The place of a path and the raw values of its templated parts; None when unknown."""
        found = self._exact.get(raw_path)
        if found is not None:
            return found
        node = self._root
        values = []
        segments = raw_path.split(b"/")
        if b"%" in raw_path:
            return _walk(node, segments, 1)
        for depth in range(1, len(segments)):
            segment = segments[depth]
            below = node.children.get(segment)
            if below is not None and not node.templated:
                node = below
            elif below is None and node.whole is not None and not node.partial and segment:
                values.append(segment)
                node = node.whole
            elif below is None and not node.templated:
                return None
            else:  # more than one way to go on
                deeper = _walk(node, segments, depth)
                return None if deeper is None else (deeper[0], (*values, *deeper[1]))
        return (node, tuple(values)) if node.methods else None


def _walk(node: Node, segments: list[bytes], depth: int) -> Match | None:
    """Every way below `node`: the concrete segment, then partial templates, then whole ones."""
    if depth == len(segments):
        return (node, ()) if node.methods else None
    segment = segments[depth]
    concrete = node.children.get(unquote_to_bytes(segment))
    if concrete is not None and (found := _walk(concrete, segments, depth + 1)):
        return found
    for pattern, below in node.partial:
        fits = pattern.fullmatch(segment)
        if fits and (found := _walk(below, segments, depth + 1)):
            return found[0], (*fits.groups(), *found[1])
    if node.whole is not None and segment and (found := _walk(node.whole, segments, depth + 1)):
        return found[0], (segment, *found[1])
    return None


def _below(node: Node, segment: str) -> Node:
    node.templated = node.templated or "{" in segment
    if re.fullmatch(_TEMPLATED, segment):
        if node.whole is None:
            node.whole = Node()
        return node.whole
    if "{" not in segment:
        return node.children.setdefault(unquote_to_bytes(segment), Node())
    literals = [_encodings(part) for part in _TEMPLATED.split(segment)]
    pattern = re.compile(b"(.+?)".join(literals))
    for known, below in node.partial:
        if known.pattern == pattern.pattern:
            return below
    below = Node()
    node.partial.append((pattern, below))
    node.partial.sort(key=_vagueness)
    return below


def _vagueness(partial: tuple[re.Pattern[bytes], Node]) -> tuple[int, int, bytes]:
    """What says more of a segment is more concrete; the order of the contracts says nothing."""
    pattern = partial[0]
    return pattern.groups, -len(pattern.pattern), pattern.pattern


def _encodings(literal: str) -> bytes:
    """The pattern of the literal part of a segment, percent-encoded where it has to be or not."""
    return b"".join(
        re.escape(b"%c" % byte)
        if b"%c" % byte in _PLAIN
        else rb"(?:%s|%%(?i:%02x))" % (re.escape(b"%c" % byte), byte)
        for byte in unquote_to_bytes(literal)
    )
