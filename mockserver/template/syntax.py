"""Syntax trees: what is not listed is refused, and what can grow gets a check around it."""

from typing import TYPE_CHECKING, Any, Final

from mockserver.template.fake import methods
from mockserver.template.filters import CHECKED, EACH, SLICE, SPENT
from mockserver.template.names import NAMES, REQUEST
from mockserver.template.sandbox import TESTS, sandbox
from mockserver.template.words import Forbidden, unknown, words

if TYPE_CHECKING:
    from jinja2 import Template, nodes


NODES: Final = words(
    "Add And Assign Call Compare Concat CondExpr Const Dict Div Filter FloorDiv For Getattr Getitem"
    " If Keyword List Mod Mul Name Neg Not Operand Or Output Pair Pos Pow Scope Slice Sub Template"
    " TemplateData Test Tuple With"
)


def translated(text: str) -> tuple["Template", bool, set[str]]:
    """The code of a text, whether it is one expression, and the names that it asks for.

    Raises:
        Forbidden: It has what is not listed.
        jinja2.TemplateSyntaxError: It breaks the syntax.
    """
    from jinja2 import meta, nodes  # noqa: PLC0415 - loaded on first use

    environment = sandbox()
    tree = environment.parse(text)
    native = _single(tree)
    tree = _guarded(tree)
    if native:
        result = nodes.Name("result", "store")
        tree.body = [nodes.Assign(result, tree.body[0].nodes[0])]
    tree.set_lineno(1).set_environment(environment)
    used = meta.find_undeclared_variables(tree)
    for name in sorted(used - NAMES):
        raise Forbidden(unknown("name", name, NAMES))
    return environment.from_string(tree), native, used


def _single(tree: "nodes.Template") -> bool:
    """Whether a text is exactly one expression."""
    from jinja2 import nodes  # noqa: PLC0415 - loaded on first use

    if len(tree.body) != 1 or not isinstance(tree.body[0], nodes.Output):
        return False
    parts = tree.body[0].nodes
    return len(parts) == 1 and not isinstance(parts[0], nodes.TemplateData)


def _guarded(node: Any) -> Any:
    """A syntax tree without what is not listed, and with checks around all that can grow.

    Raises:
        Forbidden: It has what is not listed.
    """
    kind = type(node).__name__
    if kind not in NODES:
        raise Forbidden(f"A template cannot have `{kind.lower()}`")
    _known(node, kind)
    for field, value in node.iter_fields():
        if isinstance(value, list):
            setattr(node, field, [_guarded(each) if _is_node(each) else each for each in value])
        elif _is_node(value):
            setattr(node, field, _guarded(value))
    return _wrapped(node, kind)


def _is_node(value: object) -> bool:
    return hasattr(value, "iter_fields")


def _known(node: Any, kind: str) -> None:
    """Raises `Forbidden` where a node names what there is not."""
    if kind == "Filter" and node.name not in sandbox().filters:
        listed = [name for name in sandbox().filters if not name.startswith("%")]
        raise Forbidden(unknown("filter", node.name, listed))
    if kind == "Test" and node.name not in TESTS:
        raise Forbidden(unknown("test", node.name, TESTS))
    if kind == "For" and node.recursive:
        raise Forbidden("A template cannot have a recursive loop")
    if kind == "Name" and node.name == "self":
        raise Forbidden(unknown("name", node.name, NAMES))
    owner = getattr(node.node, "name", "") if kind == "Getattr" else ""
    if owner == "request" and node.attr not in REQUEST:
        raise Forbidden(unknown("member of request", node.attr, REQUEST))
    if owner == "faker" and node.attr not in methods():
        raise Forbidden(unknown("method of faker", node.attr, methods()))


def _wrapped(node: Any, kind: str) -> Any:
    """A node of a guarded tree with its checks around it."""
    from jinja2 import nodes  # noqa: PLC0415 - loaded on first use

    def through(name: str, value: Any, *args: Any) -> Any:
        return nodes.Filter(value, name, list(args), [], None, None)

    if kind == "Concat":
        return through(CHECKED, through("join", nodes.List(node.nodes)))
    if kind == "CondExpr" and node.expr2 is None:
        node.expr2 = nodes.Const("")
    elif kind == "For":
        node.iter = through(EACH, node.iter)
    elif kind == "Filter":
        node.node = through(SPENT, node.node)
        return through(CHECKED, node)
    elif kind == "Dict" or (kind in ("List", "Tuple") and getattr(node, "ctx", "load") == "load"):
        return through(CHECKED, node)
    elif kind == "Getitem" and isinstance(node.arg, nodes.Slice):
        ends = (node.arg.start, node.arg.stop, node.arg.step)
        return through(SLICE, node.node, *(end or nodes.Const(None) for end in ends))
    return node
