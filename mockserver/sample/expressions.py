r"""Regular expressions of JSON Schema (ECMA-262) in the words of Python.

Python reads nearly the same language. What differs is translated: `$` is the end and nothing else,
`\d` and `\w` are ASCII (by the flag), named groups, `\p{..}`, `\u{..}`, `\cX`, and signs within a
class that Python reserves.
"""

import re
from functools import lru_cache
from typing import Final

from mockserver.errors import MockServerError

# What we write for a Unicode property: enough to generate from, a part of what it holds.
_PROPERTIES: Final = {
    "L": "A-Za-zÀ-ÖØ-öø-ÿ",
    "Lu": "A-ZÀ-ÖØ-Þ",
    "Ll": "a-zß-öø-ÿ",
    "N": "0-9",
    "P": r"!-#%-*,-/:;?@\[-\]_{}",
    "S": r"$+<=>\^`|~",
    "Z": " ",
}
_SYNONYMS: Final = {
    "Letter": "L",
    "Alphabetic": "L",
    "Alpha": "L",
    "Latin": "L",
    "Script=Latin": "L",
    "sc=Latin": "L",
    "Uppercase_Letter": "Lu",
    "Uppercase": "Lu",
    "Lowercase_Letter": "Ll",
    "Lowercase": "Ll",
    "Number": "N",
    "Nd": "N",
    "Decimal_Number": "N",
    "Punctuation": "P",
    "Symbol": "S",
    "Separator": "Z",
    "Zs": "Z",
    "Space_Separator": "Z",
}
_TOKEN: Final = re.compile(
    r"""
      \\p\{(?P<property>[^}]*)\}
    | \\P\{(?P<other>[^}]*)\}
    | \\u\{(?P<point>[0-9A-Fa-f]+)\}
    | \\c(?P<control>[A-Za-z])
    | \\k<(?P<back>\w+)>
    | \\(?P<escape>.)
    | \(\?<(?P<group>[A-Za-z_]\w*)>
    | (?P<nothing>\[\])
    | (?P<anything>\[\^\])
    | (?P<open>\[\^?)
    | (?P<close>\])
    | (?P<end>\$)
    | (?P<reserved>[&~|\[])
    | (?P<brace>\{(?=,))
    """,
    re.VERBOSE | re.DOTALL,
)


# How the remaining tokens are written; those that are not named stay as they are.
_REWRITTEN: Final = {
    "back": "(?P={0})",
    "group": "(?P<{0}>",
    "nothing": "(?!)",
    "anything": r"[\s\S]",
    "end": r"\Z",
    "brace": r"\{{",
}


class ExpressionError(MockServerError):
    """A pattern that is no regular expression, or one in words that Python has not."""


def translated(pattern: str) -> str:
    """`pattern` in Python's words.

    Raises:
        ExpressionError: It names a Unicode property that we have no characters for.
    """
    inside = False
    out, at = [], 0
    while at < len(pattern):
        token = _TOKEN.match(pattern, at)
        if token is None:
            out.append(pattern[at])
            at += 1
            continue
        kind = token.lastgroup or ""
        if inside and kind in ("open", "nothing", "anything"):
            out.append(r"\[")  # a bracket is a plain sign within a class
            at += 1
            continue
        out.append(_word(kind, token, inside=inside))
        inside = kind == "open" or (inside and kind != "close")
        at = token.end()
    return "".join(out)


def _word(kind: str, token: re.Match[str], *, inside: bool) -> str:
    """One token in Python's words; `inside` a class most signs stand for themselves."""
    text = token[kind]
    match kind:
        case "property":
            return _property(text) if inside else f"[{_property(text)}]"
        case "other" if inside:
            raise ExpressionError(f"\\P{{{text}}} within a class is not supported")
        case "other":
            return f"[^{_property(text)}]"
        case "point" | "control":
            return re.escape(chr(int(text, 16) if kind == "point" else ord(text) % 32))
        case "end" | "reserved" if inside:
            return f"\\{text}"
        case _:
            return _REWRITTEN.get(kind, "{0}").format(text if kind in _REWRITTEN else token[0])


def _property(name: str) -> str:
    name = name.removeprefix("gc=").removeprefix("General_Category=")
    found = _PROPERTIES.get(_SYNONYMS.get(name, name))
    if found is None:
        raise ExpressionError(f"\\p{{{name}}} is not supported")
    return found


@lru_cache(maxsize=1024)
def checker(pattern: str) -> re.Pattern[str]:
    r"""What finds `pattern` in a text, as a validator of JSON Schema does.

    Raises:
        ExpressionError: The pattern is none, or is in words that Python has not.
    """
    try:
        return re.compile(translated(pattern), re.ASCII)
    except re.error as error:
        raise ExpressionError(f"{pattern!r} cannot be read: {error}") from error
