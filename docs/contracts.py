"""Writes the generated parts of `contracts.md`: `python docs/contracts.py`.

They come from the `x-provenance` marks of `specs/` and from the defects that
`tests/specs/seed_facts.yaml` lists by name; a test holds that they are current.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mockserver.document import read

ROOT = Path(__file__).parents[1]
PAGE = Path(__file__).with_name("contracts.md")
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


def marks(node: Any) -> Iterator[Any]:
    """Every `x-provenance` of a document."""
    if isinstance(node, dict):
        if "x-provenance" in node:
            yield node["x-provenance"]
        for key, value in node.items():
            if key != "x-provenance":
                yield from marks(value)
    elif isinstance(node, list):
        for value in node:
            yield from marks(value)


def is_inferred(mark: Any) -> bool:
    """Whether no source stands behind a mark."""
    return bool(mark["source"] == "inferred")


def counts(found: list[Any]) -> str:
    """How many marks have a source, and how many have none."""
    inferred = sum(map(is_inferred, found))
    return f"{len(found) - inferred} documented, {inferred} inferred"


def cell(text: str) -> str:
    """`text` in one cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def operations(document: Any) -> Iterator[tuple[str, str, Any]]:
    """Method, path and operation, in the order of the document."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield method.upper(), path, item[method]


def api(file: Path, document: Any) -> Iterator[str]:
    """The section of one contract."""
    found = list(operations(document))
    yield f"### {file.stem}: {document['info']['title']}"
    yield ""
    yield f"- Operations: {counts([operation['x-provenance'] for _, _, operation in found])}."
    yield (
        "- All marks, those of parameters, replies, schemas and members included: "
        f"{counts(list(marks(document)))}."
    )
    yield ""
    yield "| Operation | Method and path | Source | Confidence | Why |"
    yield "|---|---|---|---|---|"
    for method, path, operation in found:
        mark = operation["x-provenance"]
        place = f"{method} {path}"
        yield (
            f"| `{operation['operationId']}` | `{place}` | {mark['source']} "
            f"| {mark['confidence']} | {cell(mark.get('why', ''))} |"
        )
    yield ""


def apis() -> str:
    """Overview and sections of all contracts."""
    files = sorted((ROOT / "specs").glob("*.yaml"))
    documents = [(file, read(file)) for file in files]
    total = [op["x-provenance"] for _, document in documents for _, _, op in operations(document)]
    lines = [f"{len(files)} contracts with {len(total)} operations: {counts(total)}.", ""]
    for file, document in documents:
        lines += api(file, document)
    return "\n".join(lines)


def defects() -> str:
    """The defects of the sources, by contract and name."""
    facts = read(ROOT / "tests/specs/seed_facts.yaml")
    lines = []
    for stem, rows in facts.items():
        if rows.get("defects"):
            lines += [f"### In {stem}", "", "| Name | What the source says | How it is resolved |"]
            lines += ["|---|---|---|"]
            for name, row in rows["defects"].items():
                lines.append(f"| {name} | {cell(row['says'])} | {cell(row['resolution'])} |")
            lines.append("")
    return "\n".join(lines)


def rendered(page: str) -> str:
    """The page with its generated parts as they should be now."""
    for name, text in (("apis", apis()), ("defects", defects())):
        before, begin, rest = page.partition(f"<!-- generated: {name} -->\n")
        _, end, after = rest.partition("<!-- end -->")
        if not begin or not end:
            raise SystemExit(f"{PAGE} has no part called {name!r}")
        page = f"{before}{begin}\n{text}\n{end}{after}"
    return page


if __name__ == "__main__":
    PAGE.write_text(rendered(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
