"""Microsoft's sign-in service, Management Activity API and Graph for one tenant, by their contracts.

Sources: "Office 365 Management Activity API reference" and its troubleshooting page; "List signIns", "List
directoryAudits", "Microsoft Graph throttling guidance"; "OAuth 2.0 client credentials flow", "Certificate credentials".
What a client must never do ends as a line in `violations`. Time is the machine's, moved by `offset`.
"""

import base64
import gzip
import hashlib
import json
import re
import secrets
import ssl
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt

TENANT = "0a5d2f0e-6a57-4f6c-9c35-5a1f3f8c0b11"
CLIENT = "7b1c7f1c-21d9-45cf-8f0f-3c2fd2b1a922"
SECRET = "a-made-up~secret.of-the-tests"
CONTENT_TYPES = {"Audit.AzureActiveDirectory", "Audit.Exchange", "Audit.SharePoint", "Audit.General", "DLP.All"}
WEEK = timedelta(days=7)
DAY = timedelta(days=1)
SIGN_IN_TYPES = {"interactiveUser", "nonInteractiveUser", "servicePrincipal", "managedIdentity"}

_MOMENTS = ("%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S")
_STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,7})?Z"
_TYPES = re.compile(r"signInEventTypes/any\(t: ?(t eq '\w+'(?: or t eq '\w+')*)\)")
_DLP = "ActivityFeed.ReadDlp"
_AUDIENCES = {"management": "ActivityFeed.Read", "graph": "AuditLog.Read.All"}


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


class Refused(Exception):  # noqa: N818
    def __init__(self, status: int, code: str, message: str = "") -> None:
        super().__init__(code)
        self.status, self.code, self.message = status, code, message


@dataclass
class Content:
    """A blob: CREATED is when it was made available, which listings go by; LISTED is from when they show it."""

    type: str
    id: str
    created: datetime
    listed: datetime
    body: bytes
    expires: datetime


@dataclass
class Answer:
    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Token:
    audience: str
    tenant: str
    roles: set[str]
    expires: datetime


# What a script does in place of the answer, or to it. None: cut the connection without one.
Act = Callable[[Answer], Answer | None]


def throttled(retry_after: str | None = None, status: int = 429) -> Act:
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    body = json.dumps({"error": {"code": "AF429", "message": "Too many requests. Method=Get, PublisherId=0"}}).encode()
    return lambda _: Answer(status, body, headers)


def failing(status: int, body: bytes = b"<html>oops</html>") -> Act:
    return lambda _: Answer(status, body)


def cut(_: Answer) -> None:
    return None


def silent(answer: Answer) -> Answer:
    """An answer that takes longer than anybody waits in a test."""
    time.sleep(2)
    return answer


def shortened(answer: Answer) -> Answer:
    """Whole by its length, but the gzip within ends too early."""
    body = gzip.compress(answer.body, mtime=0)
    return Answer(answer.status, body[: len(body) // 2], {**answer.headers, "Content-Encoding": "gzip"})


def halved(answer: Answer) -> Answer:
    """The first half of the body, with its own length."""
    return Answer(answer.status, answer.body[: len(answer.body) // 2], answer.headers)


class _Listening(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_: Any) -> None:
        """A client that breaks off is none of ours."""


class Server:
    """`with` it: three addresses, `login`, `management` and `graph`. TLS: a context to serve with."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.lock = threading.RLock()
        self.offset = timedelta()
        self.secret = SECRET
        self.certificates: dict[str, Any] = {}  # public key by the certificate's SHA-256, base64url
        self.roles = {*_AUDIENCES.values(), _DLP}
        self.token_s = 3600  # it is taken for a minute more
        self.retention = timedelta(days=30)
        self.page = 3
        self.subscriptions: dict[str, str] = {}
        self.contents: dict[str, Content] = {}
        self.sign_ins: list[dict[str, Any]] = []
        self.audits: list[dict[str, Any]] = []
        self.requests: Counter[str] = Counter()
        self.pace_s = 0.0  # how long a content takes
        self.at_once = 0  # contents that are being fetched
        self.most_at_once = 0
        self.violations: list[str] = []
        self.queries: list[str] = []
        self._tokens: dict[str, Token] = {}
        self._assertions: set[str] = set()
        self._script: list[tuple[str, Act]] = []
        self._pages: dict[str, Any] = {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # an answer goes out at once, not its head and then, 40 ms later, its body

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except (ConnectionError, ssl.SSLError):
                    self.close_connection = True

            def do_GET(self) -> None:
                outer._serve(self)

            do_POST = do_GET  # noqa: N815

            def log_message(self, *_: Any) -> None:
                pass

        self._listening = [_Listening(("127.0.0.1", 0), Handler) for _ in range(3)]
        for each in self._listening:
            if tls:
                each.socket = tls.wrap_socket(each.socket, server_side=True, do_handshake_on_connect=False)
        name = "https://localhost" if tls else "http://127.0.0.1"
        self.login, self.management, self.graph = (f"{name}:{each.server_address[1]}" for each in self._listening)

    def __enter__(self) -> Self:
        for each in self._listening:
            threading.Thread(target=each.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for each in self._listening:
            each.shutdown()
            each.server_close()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    # What a test tells it.

    def script(self, path: str, *acts: Act) -> None:
        """The next requests whose address contains PATH get these, one each."""
        with self.lock:
            self._script += [(path, act) for act in acts]

    @property
    def scripted(self) -> int:
        """How much of the script was not played yet."""
        return len(self._script)

    def add(
        self,
        kind: str,
        records: list[dict[str, Any]] | bytes,
        age: timedelta = timedelta(),
        listed_in: timedelta = timedelta(),
    ) -> Content:
        """A blob that became available AGE ago, and is listed from LISTED_IN on."""
        body = records if isinstance(records, bytes) else json.dumps(records, ensure_ascii=False).encode()
        created = self.now() - age
        name = f"{created:%Y%m%d%H%M%S%f}${secrets.token_hex(8)}${kind.lower().replace('.', '_')}$na0030"
        content = Content(kind, name, created, self.now() + listed_in, body, created + WEEK)
        with self.lock:
            self.contents[content.id] = content
        return content

    def revoke(self) -> None:
        """All tokens that were given are worth nothing any more."""
        with self.lock:
            self._tokens.clear()

    # What it answers.

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("Content-Length") or 0)
        body = handler.rfile.read(length)
        with self.lock:
            answer = self._answer(handler, body)
            act = next((each for each in self._script if each[0] in handler.path), None)
            if act:
                self._script.remove(act)
        if self.pace_s and "/audit/" in handler.path:
            self._take_time()
        final = act[1](answer) if act else answer
        if final is None:
            handler.close_connection = True
            handler.connection.close()
            return
        if "gzip" in handler.headers.get("Accept-Encoding", "") and "Content-Encoding" not in final.headers:
            final = Answer(final.status, gzip.compress(final.body, 1), {**final.headers, "Content-Encoding": "gzip"})
        handler.send_response_only(final.status)
        if "Date" not in final.headers:
            handler.send_header("Date", format_datetime(self.now().replace(microsecond=0), usegmt=True))
        for name, value in {"Content-Type": "application/json; charset=utf-8", **final.headers}.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(final.body)))
        handler.end_headers()
        handler.wfile.write(final.body)

    def _take_time(self) -> None:
        with self.lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        time.sleep(self.pace_s)
        with self.lock:
            self.at_once -= 1

    def _answer(self, handler: BaseHTTPRequestHandler, body: bytes) -> Answer:
        parts = urlsplit(handler.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        authorization = handler.headers.get("Authorization", "")
        if self.secret in handler.path or "Bearer" in handler.path:
            self.violations.append("a secret in an address")
        try:
            if parts.path.endswith("/oauth2/v2.0/token"):
                self.requests["token"] += 1
                return self._token(handler.command, parts.path, body)
            if found := re.fullmatch(r"/api/v1(?:\.0)?/([^/]+)/activity/feed/(.+)", parts.path):
                self._authorized(authorization, "management")
                return self._activity(handler.command, found[1], found[2], query, authorization)
            if found := re.fullmatch(r"/(v1\.0|beta)/auditLogs/(signIns|directoryAudits)", parts.path):
                self._authorized(authorization, "graph")
                return self._graph(found[1], found[2], query, parts.path)
        except Refused as refused:
            error = {"error": {"code": refused.code, "message": refused.message}}
            return Answer(refused.status, json.dumps(error).encode())
        self.violations.append("an address that is not in the contract")
        return Answer(404, b"")

    def _token(  # noqa: PLR0911
        self, method: str, path: str, body: bytes
    ) -> Answer:
        form = {name: values[-1] for name, values in parse_qs(body.decode(), strict_parsing=True).items()}

        def refused(error: str, code: int, status: int = 401) -> Answer:
            about = {
                "error": error,
                "error_description": f"AADSTS{code}: for {form['client_id']}",
                "error_codes": [code],
            }
            return Answer(status, json.dumps(about).encode())

        if method != "POST" or form.get("grant_type") != "client_credentials":
            return refused("unsupported_grant_type", 70003, 400)
        if path != f"/{TENANT}/oauth2/v2.0/token":
            return refused("invalid_request", 90002, 400)
        if form.get("client_id") != CLIENT:
            return refused("unauthorized_client", 700016, 400)
        scopes = {f"{self.management}/.default": "management", f"{self.graph}/.default": "graph"}
        audience = scopes.get(form["scope"])
        if audience is None:
            return refused("invalid_scope", 70011, 400)
        if "client_assertion" in form:
            if (code := self._assertion(form, path)) is not None:
                return refused("invalid_client", code)
        elif form.get("client_secret") != self.secret:
            return refused("invalid_client", 7000215)
        token = secrets.token_urlsafe(32)
        expires = self.now() + timedelta(seconds=self.token_s + 60)
        self._tokens[token] = Token(audience, TENANT, set(self.roles), expires)
        about = {"token_type": "Bearer", "expires_in": self.token_s, "ext_expires_in": self.token_s}
        return Answer(200, json.dumps({**about, "access_token": token}).encode())

    def _assertion(self, form: dict[str, str], path: str) -> int | None:
        """The code of what is wrong with a certificate's assertion."""
        if form.get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer":
            return 900144
        said = form["client_assertion"]
        header = jwt.get_unverified_header(said)
        key = self.certificates.get(header.get("x5t#S256", ""))
        if key is None or header.get("alg") != "PS256" or header.get("typ") != "JWT":
            return 700027
        claims = jwt.decode(
            said, key, ["PS256"], options={"verify_aud": False, "verify_exp": False, "verify_nbf": False}
        )
        now = self.now().timestamp()
        if not claims["nbf"] - 300 <= now <= claims["exp"] or claims["exp"] - claims["nbf"] > 600:
            return 700024
        if claims["aud"] != self.login + path or claims["iss"] != CLIENT or claims["sub"] != CLIENT:
            return 700023
        if claims["jti"] in self._assertions:
            return 700051
        self._assertions.add(claims["jti"])
        uuid.UUID(claims["jti"])
        return None

    def _authorized(self, authorization: str, audience: str) -> None:
        scheme, _, text = authorization.partition(" ")
        token = self._tokens.get(text)
        if scheme != "Bearer" or token is None or token.expires <= self.now():
            self.requests["unauthorized"] += 1
            raise Refused(401, "InvalidAuthenticationToken", "Access token has expired or is not yet valid.")
        if token.audience != audience:
            raise Refused(401, "InvalidAuthenticationToken", "Access token validation failure. Invalid audience.")
        if _AUDIENCES[audience] not in token.roles:
            if audience == "graph":
                raise Refused(403, "Authentication_MSGraphPermissionMissing", "Calling principal does not have it")
            raise Refused(403, "AF10001", "The permission set () did not include ActivityFeed.Read.")

    # The Management Activity API.

    def _activity(  # noqa: C901, PLR0912
        self, method: str, tenant: str, operation: str, query: dict[str, str], authorization: str
    ) -> Answer:
        if not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", tenant):
            raise Refused(400, "AF20013", "The tenant ID passed in the URL is not a valid GUID.")
        if tenant != self._tokens[authorization.partition(" ")[2]].tenant:
            raise Refused(400, "AF20010", "The tenant ID passed in the URL does not match.")
        if query.get("PublisherIdentifier") != TENANT and "nextPage" not in query:
            self.violations.append("a request without PublisherIdentifier")
        if operation.startswith("audit/") and method == "GET":
            return self._content(operation.removeprefix("audit/"))
        self.requests[operation.removeprefix("subscriptions/")] += 1
        if (method, operation) == ("GET", "subscriptions/list"):
            listed = [
                {"contentType": name, "status": status, "webhook": None} for name, status in self.subscriptions.items()
            ]
            return Answer(200, json.dumps(listed).encode())
        kind = query.get("contentType")
        if kind is None:
            raise Refused(400, "AF20001", "Missing parameter: contentType.")
        if kind not in CONTENT_TYPES:
            raise Refused(400, "AF20020", "The specified content type is not valid.")
        if kind == "DLP.All" and _DLP not in self._tokens[authorization.partition(" ")[2]].roles:
            raise Refused(403, "AF10001", f"The permission set (…) did not include {_DLP}.")
        if (method, operation) == ("POST", "subscriptions/start"):
            if self.subscriptions.get(kind) == "enabled":
                raise Refused(400, "AF20024", "The subscription is already enabled. No property change.")
            self.subscriptions[kind] = "enabled"
            return Answer(200, json.dumps({"contentType": kind, "status": "enabled", "webhook": None}).encode())
        if (method, operation) != ("GET", "subscriptions/content"):
            self.violations.append(f"{method} {operation}")
            return Answer(405, b"")
        if kind not in self.subscriptions:
            raise Refused(400, "AF20022", "No subscription found for the specified content type.")
        if self.subscriptions[kind] != "enabled":
            raise Refused(400, "AF20023", "The subscription was disabled by a tenant admin.")
        return self._listed(kind, query)

    def _listed(self, kind: str, query: dict[str, str]) -> Answer:
        start, stop = _moment(query.get("startTime")), _moment(query.get("endTime"))
        now = self.now()
        if (start is None) != (stop is None):
            raise Refused(400, "AF20030", "Start time and end time must both be specified (or both omitted) …")
        start, stop = start or now - DAY, stop or now
        if stop < start or stop - start > DAY or start < now - WEEK:
            raise Refused(400, "AF20030", "… less than or equal to 24 hours apart, no more than 7 days in the past.")
        found = sorted(
            (each for each in self.contents.values() if each.type == kind and start <= each.created < stop),
            key=lambda each: each.created,
        )
        found = [each for each in found if each.listed <= now]
        first = 0
        if "nextPage" in query:
            if query["nextPage"] not in self._pages:
                raise Refused(400, "AF20031", "Invalid nextPage Input.")
            first = self._pages[query["nextPage"]]
        headers = {}
        if len(found) > first + self.page:
            token = secrets.token_hex(8)
            self._pages[token] = first + self.page
            again = {name: query[name] for name in ("contentType", "startTime", "endTime")} | {"nextPage": token}
            headers["NextPageUri"] = (
                f"{self.management}/api/v1/{TENANT}/activity/feed/subscriptions/content?{urlencode(again)}"
            )
        self.queries.append(f"{kind} {start:%dT%H:%M} {stop:%dT%H:%M}")
        listed = [
            {
                "contentType": each.type,
                "contentId": each.id,
                "contentUri": f"{self.management}/api/v1.0/{TENANT}/activity/feed/audit/{each.id}",
                "contentCreated": stamp(each.created),
                "contentExpiration": stamp(each.expires),
            }
            for each in found[first : first + self.page]
        ]
        return Answer(200, json.dumps(listed).encode(), headers)

    def _content(self, name: str) -> Answer:
        self.requests["blob"] += 1
        content = self.contents.get(name)
        if content is None:
            raise Refused(404, "AF20050", "The specified content does not exist.")
        if content.expires <= self.now():
            raise Refused(404, "AF20051", "Content requested with the key has already expired.")
        if self.subscriptions.get(content.type) != "enabled":
            raise Refused(400, "AF20023", "The subscription was disabled by a tenant admin.")
        return Answer(200, content.body)

    # Graph.

    def _graph(self, version: str, report: str, query: dict[str, str], path: str) -> Answer:
        self.requests[report] += 1
        if set(query) - {"$filter", "$top", "$skiptoken"}:
            raise Refused(400, "BadRequest", "Query option is not allowed.")
        moment = "createdDateTime" if report == "signIns" else "activityDateTime"
        start, stop, types = self._filter(query.get("$filter", ""), moment, version if report == "signIns" else "v1.0")
        top = int(query.get("$top", 1000))
        if not 0 < top <= 1000:
            raise Refused(400, "BadRequest", "Invalid value specified for $top.")
        stored = self.sign_ins if report == "signIns" else self.audits
        kinds = types or {"interactiveUser"}
        found = [
            each
            for each in stored
            if start <= _instant(each[moment]) <= stop
            and (report != "signIns" or kinds & set(each.get("signInEventTypes", ["interactiveUser"])))
        ]
        found.sort(key=lambda each: each[moment], reverse=True)
        if "$skiptoken" in query:
            if query["$skiptoken"] not in self._pages:
                raise Refused(400, "BadRequest", "Skip token is null or expired.")
            found = self._pages[query["$skiptoken"]]
        page: dict[str, Any] = {"@odata.context": f"{self.graph}/{version}/$metadata#auditLogs/{report}"}
        if len(found) > top:
            token = secrets.token_hex(16)
            self._pages[token] = found[top:]
            page["@odata.nextLink"] = f"{self.graph}{path}?{urlencode({**query, '$skiptoken': token})}"
        page["value"] = found[:top]
        self.queries.append(f"{report} {len(found[:top])}")
        return Answer(200, json.dumps(page, ensure_ascii=False).encode())

    def _filter(self, text: str, moment: str, version: str) -> tuple[datetime, datetime, set[str]]:
        types: set[str] = set()
        clauses = text.split(" and ")
        if found := _TYPES.fullmatch(clauses[-1]):
            types = set(re.findall(r"'(\w+)'", found[1]))
            if version != "beta" or types - SIGN_IN_TYPES:
                raise Refused(400, "BadRequest", "Invalid filter clause")
            clauses.pop()
        bounds = [re.fullmatch(rf"{moment} (ge|le) ({_STAMP})", clause) for clause in clauses]
        said = {bound[1]: _instant(bound[2]) for bound in bounds if bound}
        if None in bounds or set(said) != {"ge", "le"} or said["ge"] < self.now() - self.retention:
            raise Refused(400, "BadRequest", "Invalid filter clause")
        return said["ge"], said["le"], types


def thumbprint(der: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    for form in _MOMENTS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise Refused(400, "AF20002", "Invalid parameter type: startTime. Expected type: datetime")
