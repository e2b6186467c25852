"""The request against its contract: security, media types, parameters, body.

All violations are reported at once. Only the first question whose answer makes the others moot
ends the check early: who asks (401), what they send (415), what they accept (406).
"""

from collections.abc import Callable, Sequence

from mockserver.contract.bodies import UnsupportedMediaType, covers
from mockserver.contract.operation import Operation
from mockserver.contract.parameters import Malformed, Parameter, query_pairs
from mockserver.contract.replies import ReplyMedia, success
from mockserver.message import ABSENT, Json, Request, Violation
from mockserver.refusal import Refusal
from mockserver.security import Guard


class Checker:
    """The check of one operation, compiled.

    Args:
        operation: What is asked for.
        guard: The security check, None when everybody may pass.
    """

    def __init__(self, operation: Operation, guard: Guard | None) -> None:
        by_name = {p.name: p for p in operation.parameters if p.location == "path"}
        self._guard = guard
        self._path = tuple(by_name[name] for name in operation.path_names)
        self._query = tuple(p for p in operation.parameters if p.location == "query")
        headers = (p for p in operation.parameters if p.location == "header")
        self._headers = tuple((p.name.lower().encode("latin-1"), p) for p in headers)
        self._body = operation.body
        self._listed = frozenset(operation.replies)
        found = success(operation.replies)
        self._offered = found[1].media if found else ()
        usual = {b"*/*", *(media.type.encode("latin-1") for media in self._offered)}
        self._accepted = frozenset(usual)  # one look-up for nearly every request

    def check(self, request: Request, values: Sequence[bytes]) -> Refusal | None:
        """Fill the parsed parameters and content of `request`; the refusal when it breaks a rule.

        Args:
            request: As received.
            values: Raw values of the templated parts of the path, in order.
        """
        if self._guard is not None:
            refusal = self._guard(request)
            if refusal is not None:
                return refusal
        violations: list[Violation] = []
        if values:
            self._check_path(request, values, violations)
        if self._headers:
            self._check_headers(request, violations)
        if self._query:
            self._check_query(request, violations)
        if self._body is not None:
            refusal = self._check_body(request, violations)
            if refusal is not None:
                return refusal
        accept = request.headers.get(b"accept")
        if accept is not None and accept not in self._accepted:
            refusal = self._not_acceptable(accept)
            if refusal is not None:
                return refusal
        return Refusal(400, tuple(violations)) if violations else None

    def _check_path(
        self, request: Request, values: Sequence[bytes], violations: list[Violation]
    ) -> None:
        request.path = path = {}
        for parameter, raw in zip(self._path, values, strict=True):
            least = parameter.text_min
            if least is not None and len(raw) >= least and raw.isascii() and b"%" not in raw:
                path[parameter.name] = raw.decode("ascii")
            else:
                _read(parameter, raw, parameter.from_path, path, violations)

    def _check_headers(self, request: Request, violations: list[Violation]) -> None:
        request.header = header = {}
        for name, parameter in self._headers:
            value = request.headers.get(name)
            if value is None:
                if parameter.required:
                    violations.append(parameter.missing())
                continue
            least = parameter.text_min
            if least is not None and len(value) >= least and value.isascii():
                header[parameter.name] = value.decode("ascii")
            else:
                raw = _header_text(value).encode()
                _read(parameter, raw, parameter.from_header, header, violations)

    def _check_query(self, request: Request, violations: list[Violation]) -> None:
        try:
            pairs = query_pairs(request.raw_query) if request.raw_query else []
        except Malformed as error:
            violations.append(Violation("query", "", f"The query {error}", "encoding"))
            return
        request.query = query = {}
        for parameter in self._query:
            try:
                value = parameter.from_query(pairs)
            except Malformed as error:
                violations.append(parameter.malformed(str(error)))
                continue
            if value is ABSENT:
                if parameter.required:
                    violations.append(parameter.missing())
                continue
            query[parameter.name] = value
            violations += parameter.check(value)

    def _check_body(self, request: Request, violations: list[Violation]) -> Refusal | None:
        assert self._body is not None  # noqa: S101 - asked by the caller
        coding = request.headers.get(b"content-encoding")
        if coding and request.body and coding.strip().lower() != b"identity":
            text = f"The content coding must be identity; found {coding.decode('latin-1')}"
            return self._unsupported("Content-Encoding", text, violations)
        content_type = request.headers.get(b"content-type")
        try:
            request.content, found = self._body.read(request.body, content_type)
        except UnsupportedMediaType as error:
            allowed = ", ".join(media.type for media in self._body.media)
            text = f"The content type must be {allowed}; found {error}"
            return self._unsupported("Content-Type", text, violations)
        violations += found
        return None

    def _unsupported(self, header: str, text: str, violations: list[Violation]) -> Refusal | None:
        """A body that cannot be read is 415 where that is documented, else one more violation."""
        violation = Violation("header", header, text, "mediaType")
        if "415" in self._listed:
            return Refusal(415, (violation,))
        violations.append(violation)
        return None

    def _not_acceptable(self, accept: bytes) -> Refusal | None:
        if "406" in self._listed or not self._offered:
            return None
        if acceptable(self._offered, accept) is not None:
            return None
        offered = ", ".join(media.type for media in self._offered)
        text = f"The accepted types must include {offered}; found {accept.decode('latin-1')}"
        return Refusal(406, (Violation("header", "Accept", text, "accept"),))


def acceptable(offered: Sequence[ReplyMedia], accept: bytes | None) -> ReplyMedia | None:
    """The offered type that `Accept` likes best (RFC 9110, 12.5.1); None when it likes none.

    For each type the most specific range that covers it counts. Of types that are liked equally,
    the one that is named more specifically goes first, then the one that is documented first.
    """
    if accept is None or not accept.strip():
        return offered[0]
    ranges = [_range(each) for each in accept.decode("latin-1").split(",")]
    best = None
    liking = 0.0, 0
    for media in offered:
        essence = media.type.partition(";")[0].strip().lower()
        fitting = [(rank, quality) for kind, rank, quality in ranges if covers(kind, essence)]
        rank, quality = max(fitting, key=lambda each: each[0], default=(0, 0.0))
        if quality > 0 and (quality, rank) > liking:
            best, liking = media, (quality, rank)
    return best


def _range(text: str) -> tuple[str, int, float]:
    """One element of `Accept`: the media range, how specific it is, how much it is liked."""
    kind, *parameters = [part.strip().lower() for part in text.split(";")]
    kind = "*/*" if kind == "*" else kind  # as old Java clients write it
    quality = next((each[2:] for each in parameters if each.startswith("q=")), "1")
    return kind, 2 - kind.count("*"), _quality(quality)


def _quality(text: str) -> float:
    """The weight of a media range, 1 where it is not between 0 and 1."""
    try:
        quality = float(text)
    except ValueError:
        return 1.0
    return quality if 0 <= quality <= 1 else 1.0


def _header_text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _read(
    parameter: Parameter,
    raw: bytes,
    parse: Callable[[str], Json],
    into: dict[str, Json],
    violations: list[Violation],
) -> None:
    """Decode and check one value."""
    try:
        value = parse(raw.decode())
    except UnicodeDecodeError:
        violations.append(parameter.malformed("is not valid UTF-8"))
    except Malformed as error:
        violations.append(parameter.malformed(str(error)))
    else:
        into[parameter.name] = value
        violations += parameter.check(value)
