"""A reply against its contract, before it leaves."""

from collections.abc import Iterator

from mockserver.contract.replies import DocumentedReply, ReplyMedia
from mockserver.message import Json


def breaches(
    documented: DocumentedReply | None, media: ReplyMedia | None, value: Json
) -> Iterator[str]:
    """Every way in which a reply breaks its contract, none when it conforms.

    Args:
        documented: What the contract says of the reply's status, None when it says nothing.
        media: The documented media type it is sent in, None for a reply without a body.
        value: The body before it is encoded; None for none where there is no media type.
    """
    if documented is None:
        yield "the status is not documented"
        return
    if media is None and value is not None:
        yield "the status is documented without a body"
    if media is not None and not media.is_valid(value):
        assert media.schema is not None  # noqa: S101 - without one everything is valid
        for violation in media.schema.violations(value, "body"):
            yield str(violation)
