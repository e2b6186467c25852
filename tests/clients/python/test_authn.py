"""The token endpoint, by the client that openapi-python-client makes of its contract."""

import authn_v1
from authn_v1.api.token import create_token
from authn_v1.models import TokenError, TokenErrorError, TokenRequest

from mockserver.trial import MockSession


def test_a_grant_that_is_not_supported_is_refused(
    mock_session: MockSession, assertion: str
) -> None:
    with authn_v1.Client(mock_session.base_url) as authn:
        refused = create_token.sync(client=authn, body=TokenRequest("password", assertion))

    assert isinstance(refused, TokenError)
    assert refused.error is TokenErrorError.UNSUPPORTED_GRANT_TYPE
