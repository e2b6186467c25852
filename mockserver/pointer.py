"""JSON pointers (RFC 6901): how a place in a document is named, everywhere."""

from collections.abc import Sequence


def steps_of(pointer: str) -> list[str]:
    """The keys and indices of a JSON pointer (RFC 6901), none for the whole document."""
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def pointer(steps: Sequence[str | int]) -> str:
    """JSON pointer (RFC 6901) of a path of keys and indices."""
    text = ""
    for step in steps:
        name = str(step)
        if "~" in name or "/" in name:
            name = name.replace("~", "~0").replace("/", "~1")
        text += "/" + name
    return text
