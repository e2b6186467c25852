"""Problem documents (RFC 9457): what the tool itself says, where no contract has words for it."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from mockserver.contract.replies import encode
from mockserver.message import Header, Json, Reply, Source

PROBLEM = "application/problem+json"
PROBLEM_HEADER: Header = (b"content-type", PROBLEM.encode())


def phrase(status: int) -> str:
    """The reason phrase of a status, "" for one that has none."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def problem_content(status: int, detail: str) -> dict[str, Json]:
    """The members that every problem document has."""
    return {"type": "about:blank", "title": phrase(status), "status": status, "detail": detail}


def problem(
    status: int,
    detail: str,
    *,
    headers: Sequence[Header] = (),
    members: Mapping[str, Json] | None = None,
) -> Reply:
    """A problem document (RFC 9457) by the tool itself, so marked as `mockserver`.

    Args:
        status: HTTP status.
        detail: What is wrong and what would be right.
        headers: Beside the content type.
        members: Further members of the document.
    """
    body = problem_content(status, detail)
    return Reply(
        status, (PROBLEM_HEADER, *headers), encode(body | dict(members or {})), Source.MOCKSERVER
    )
