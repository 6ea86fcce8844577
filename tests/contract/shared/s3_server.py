"""As much of Amazon S3 as one bucket of files needs. Refuses what is not signed by the key it knows (SigV4)."""

import hashlib
import hmac
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import quote
from xml.sax.saxutils import escape

from aiohttp import web

KEY_ID, SECRET, REGION, BUCKET = "AKIDEXAMPLE", "wJalrXUtnFEMI-K7MDENG-bPxRfiCYEXAMPLEKEY", "eu-central-1", "files"
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/(?P<scope>(?P<day>\d{8})/[^,]+), ?"
    r"SignedHeaders=(?P<headers>[^,]+), ?Signature=(?P<signature>[0-9a-f]{64})"
)


@dataclass
class S3Server:
    url: str = ""
    objects: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    """Content and content type by key."""
    broken: bool = False
    refused: int = 0

    async def answer(self, request: web.Request) -> web.Response:
        body = await request.read()
        if not _is_signed(request, body):
            self.refused += 1
            return _error(403, "SignatureDoesNotMatch")
        _, bucket, *rest = request.path.split("/", 2)
        if self.broken or bucket != BUCKET:
            return _error(503, "SlowDown") if self.broken else _error(404, "NoSuchBucket")
        return self._done(request, "".join(rest), body)

    def _done(self, request: web.Request, key: str, body: bytes) -> web.Response:
        match request.method:
            case "GET" if "list-type" in request.query:
                return _listed(sorted(self.objects), request.query)
            case "PUT":
                self.objects[key] = (body, request.headers.get("content-type", ""))
                return web.Response(headers={"etag": _etag(body)})
            case "POST" if "delete" in request.query:
                gone = re.findall(r"<Key>(.*?)</Key>", body.decode())
                for name in gone:
                    self.objects.pop(name, None)
                told = "".join(f"<Deleted><Key>{name}</Key></Deleted>" for name in gone)
                return _xml(200, f"<DeleteResult>{told}</DeleteResult>")
            case "DELETE":
                self.objects.pop(key, None)
                return web.Response(status=204)
            case "GET" | "HEAD" if key in self.objects:
                content, type_ = self.objects[key]
                headers = {
                    "etag": _etag(content), "content-type": type_, "last-modified": "Tue, 01 Jan 2030 12:00:00 GMT",
                    "content-length": str(len(content)),
                }  # fmt: skip
                return web.Response(body=content, headers=headers)
            case "GET" | "HEAD":
                return _error(404, "NoSuchKey")
        return _error(405, "MethodNotAllowed")


@asynccontextmanager
async def running_s3() -> AsyncIterator[S3Server]:
    server = S3Server()
    app = web.Application(client_max_size=16 * 1024 * 1024)
    app.router.add_route("*", "/{path:.*}", server.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()


def _is_signed(request: web.Request, body: bytes) -> bool:
    """AWS Signature Version 4, https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html."""
    found = _AUTHORIZATION.fullmatch(request.headers.get("authorization", ""))
    digest = request.headers.get("x-amz-content-sha256", "")
    if found is None or found["key"] != KEY_ID:
        return False
    if digest not in {hashlib.sha256(body).hexdigest(), "UNSIGNED-PAYLOAD"}:
        return False
    query = "&".join(
        sorted(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in request.query.items())
    )
    headers = "".join(f"{name}:{request.headers[name].strip()}\n" for name in found["headers"].split(";"))
    canonical = "\n".join(
        [request.method, request.raw_path.partition("?")[0], query, headers, found["headers"], digest]
    )
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = "\n".join(["AWS4-HMAC-SHA256", request.headers["x-amz-date"], found["scope"], hashed])
    key = f"AWS4{SECRET}".encode()
    for part in (*found["scope"].split("/"), to_sign):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.compare_digest(key.hex(), found["signature"])


def _listed(names: list[str], query: Mapping[str, str], most: int = 20) -> web.Response:
    """A page; the token of the next one is the last name of this one."""
    after = query.get("continuation-token", "")
    rest = [name for name in names if name.startswith(query["prefix"]) and name > after]
    page, more = rest[:most], len(rest) > most
    told = "".join(
        f"<Contents><Key>{name}</Key><LastModified>2030-01-01T12:00:00.000Z</LastModified><Size>1</Size></Contents>"
        for name in page
    )
    token = f"<NextContinuationToken>{page[-1]}</NextContinuationToken>" if more else ""
    return _xml(
        200, f"<ListBucketResult><IsTruncated>{str(more).lower()}</IsTruncated>{token}{told}</ListBucketResult>"
    )


def _etag(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def _xml(status: int, text: str) -> web.Response:
    return web.Response(status=status, text=f'<?xml version="1.0"?>{text}', content_type="application/xml")


def _error(status: int, code: str) -> web.Response:
    return _xml(status, f"<Error><Code>{escape(code)}</Code></Error>")
