r"""The characters that a class of a regular expression is drawn from.

Narrower than the class where it is nearly everything: texts shall be readable, so letters and
digits are preferred, and only signs that print are used. Always in the order of the pattern, never
of a set, so that a seed gives the same text everywhere.
"""

import string
from collections.abc import Iterable
from typing import Any, Final

CLASS_MAX: Final = 80  # beyond it a class is "nearly anything", and letters and digits will do
RANGE_MAX: Final = 0x300

ALNUM: Final = string.ascii_letters + string.digits
PRINTABLE: Final = ALNUM + string.punctuation + " "
ACCENTED: Final = "áéíóúñçÁÉÍÓÚÑÇ"
_WORD: Final = ALNUM + "_"
_CATEGORIES: Final = {
    "CATEGORY_DIGIT": string.digits,
    "CATEGORY_NOT_DIGIT": "".join(c for c in PRINTABLE if c not in string.digits),
    "CATEGORY_WORD": _WORD,
    "CATEGORY_NOT_WORD": "".join(c for c in PRINTABLE if c not in _WORD),
    "CATEGORY_SPACE": " ",
    "CATEGORY_NOT_SPACE": "".join(c for c in PRINTABLE if c != " "),
}


def without(excluded: str) -> str:
    """Letters and digits that are not excluded, else printable signs, else accented letters."""
    for alphabet in (ALNUM, PRINTABLE, ACCENTED):
        rest = "".join(c for c in alphabet if c not in excluded)
        if rest:
            return rest
    return ""


def of_class(items: Iterable[tuple[Any, Any]]) -> str:
    """The characters of `[...]`, each once.

    Args:
        items: What `re._parser` makes of a class: pairs of operation and argument.
    """
    negated = False
    found: dict[str, None] = {}
    for op, value in items:
        match str(op):
            case "NEGATE":
                negated = True
            case "LITERAL":
                found[chr(value)] = None
            case "RANGE":
                last = min(value[1], value[0] + RANGE_MAX - 1)
                found.update(dict.fromkeys(map(chr, range(value[0], last + 1))))
            case "CATEGORY":
                found.update(dict.fromkeys(_CATEGORIES[str(value)]))
    text = "".join(found)
    if negated:
        return without(text)
    usual = "".join(c for c in text if c in ALNUM)
    if len(text) > CLASS_MAX and usual:
        return usual
    return "".join(c for c in text if c.isprintable()) or text
