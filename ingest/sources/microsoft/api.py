"""One API of Microsoft's, asked with a token."""

import httpx

from ingest.sources.microsoft.line import Line, Read, Refusal, T
from ingest.sources.microsoft.token import Token
from ingest.sources.polling import PollFailed


class Api:
    """The API at URL, for many threads at once."""

    def __init__(self, url: str, line: Line, token: Token) -> None:
        self.url = url
        self._line = line
        self._token = token

    def ask(self, method: str, url: str, read: Read[T], **query: str) -> T:
        """What READ makes of the answer. QUERY is added to the address. 401 is answered by a new token, once.

        Errors:  as `Line.send`; PollFailed for an address that leads elsewhere: no token goes there.
        """
        try:
            target = httpx.URL(url)
        except (httpx.InvalidURL, TypeError):
            raise PollFailed("an address that it gave can't be read") from None
        if _origin(target) != _origin(httpx.URL(self.url)):
            raise PollFailed("an address that it gave leads to another host")
        if query:
            target = target.copy_merge_params(query)
        for last in (False, True):
            token = self._token.text()
            request = httpx.Request(method, target, headers={"Authorization": f"Bearer {token.reveal()}"})
            try:
                return self._line.send(request, read)
            except Refusal as refusal:
                if refusal.status != httpx.codes.UNAUTHORIZED or last:
                    raise
                self._token.refused(token)
        raise AssertionError


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
