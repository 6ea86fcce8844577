"""What the OpenAPI document says in words: about the whole, statuses, headers, and texts that are no JSON."""

from marketplace.entrypoints.http.openapi_schemas import Schema

ABOUT = """
Negotiated commerce: people list products, make and counter offers, agree, and pay.

**Envelope.** A success is `{"success": true, "data": ...}`. Anything else is a problem (RFC 9457,
`application/problem+json`) with a stable `code`; `errors` names the fields of a bad input, and `detail` is for people.
Programs decide by `status` and `code`, never by `detail`, whose words and language may change.

**Lists.** `page` and `per_page`, or, at a cost that does not grow, `cursor` with the `next_cursor` of the page before.
Above 10,000 rows `total` is an estimate and pages are had by cursor only.

**Repeating safely.** With an `Idempotency-Key` a request that creates or moves something happens once: the same key
and body get the same answer again for 24 hours, with another body 422, and 409 while the first one still runs.

**Money** is a JSON number with at most the currency's decimals, beside its `currency` (ISO 4217). **Ids** are UUIDv7,
**times** RFC 3339 in UTC.

**How often.** Calls are counted by user and by network (an IPv4 address, or the /64 of an IPv6 one), in sliding windows
of a minute, an hour and a day. `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` tell of the tightest one,
`RateLimit-Policy` of all. Too many are answered 429: repeat after `Retry-After` seconds. Refused calls are not counted.
Sign-in, one-time codes and mails have tighter limits of their own.

**As it happens.** Socket.IO at `/socket.io`, WebSocket at `/ws` and server-sent events at `/api/v1/sync/stream` tell
one sequence, numbered for each person from 1 without gaps; `GET /api/v1/sync/events` reads it. After a break say the
last number you have (`resume {after}`, or `Last-Event-ID`) and pass over what repeats. `sync:required {seq}`, over HTTP
410 `full_sync_required`, means that some of it is no longer kept: load your lists anew and go on after `seq`.

**Addresses.** `/api/...` without the version is the same as `/api/v1/...`, and a trailing slash never matters. Every
answer carries `X-Request-ID`, the caller's own where one was sent. A body has at most 1 MiB, a file 5 MiB. Public reads
carry an `ETag`: revalidate with `If-None-Match`.
"""

TAGS = {
    "Accounts": "Registering, signing in, and one-time codes. A refresh token is good once.",
    "Factors": "Two-factor authentication with an authenticator app, and recovery codes for the day it is lost.",
    "Passkeys": "Signing in with a key of one's own device (Web Authentication).",
    "Users": "Your own account, and what administrators do with those of others.",
    "People": "People as others see them: found, followed, blocked.",
    "Workers": "Sellers who have said what they do.",
    "Products": "What is for sale.",
    "Moderation": "Products and reviews that people report, and what moderators make of it.",
    "Services": "What people do for others, at a price and a time.",
    "Gigs": "Services in packages.",
    "Bookings": "When a service can be had, and who has it.",
    "Categories": "Two trees, of products (and lots) and of services, in five languages (`Accept-Language`).",
    "Personal": "What you keep for yourself: favourites, what you saw last, searches you are told about.",
    "Feeds": "What is for sale, to look around in: what is shown live and liked, and what is near.",
    "Search": "Finding it by words, filters or both.",
    "Offers": "Negotiating over a product. The side that did not make the pending offer answers it.",
    "Trade desk": "Published needs to buy and to sell in quantity, and the offers that answer them.",
    "Cart": "What somebody means to buy, and buying it all at once.",
    "Orders": "What follows from an accepted offer, or from buying at once.",
    "Fees": "What the platform keeps of a sale, by which schedule, and why.",
    "Disputes": "Orders that buyer and seller do not agree about: answered, argued with evidence, decided.",
    "Conversations": "Two people about one thing: what they write and what happens, in one order without gaps.",
    "Calls": "Audio and video between the two people of a conversation; what their devices say goes over the sockets.",
    "Notifications": "What people are told: their centre, and the devices that hear of it.",
    "Reviews": "What the two sides of a completed order say about each other: hidden until both have spoken.",
    "Payments": "Paying orders.",
    "Ledger": "The books: accounts, entries, trial balance, comparison with the providers, and what must hold.",
    "Payouts": "What sellers earned, when and where it is paid out, and their statements.",
    "Subscriptions": "Plans of creators, and who pays them month by month.",
    "Wallet": "What a person has with us to spend.",
    "Promotions": "Promo codes: what they take off, of what, and how often.",
    "Sync": "The caller's own numbered sequence of events, for clients that were away.",
    "Webhooks": "Events sent to the endpoints of developers: signed, in order, kept, and sent again on request.",
    "Audit": "Who did what: append-only, hash-chained and verifiable; people stand in it by their ids alone.",
    "Operations": "For load balancers and monitoring.",
    "Development": "Development only: elsewhere these paths are not found.",
}

TITLES = {
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict", 410: "Gone",
    413: "Request Entity Too Large", 415: "Unsupported Media Type", 422: "Unprocessable Entity",
    429: "Too Many Requests", 503: "Service Unavailable",
}  # fmt: skip
"""Fixed here, as the words of `HTTPStatus` differ between versions of Python."""

PROBLEMS: dict[int, tuple[str, str, str]] = {
    400: ("malformed_body", "Malformed: not JSON, or a cursor that is not ours.", "the body is not valid JSON"),
    401: ("not_authenticated", "No credentials, or dead ones.", "sign in and send the access token"),
    403: ("missing_permission", "Signed in, but not allowed.", "this takes the permission ledger.read"),
    404: ("listing_not_found", "Not there, or not yours to know of.", "no such product"),
    409: ("offer_not_open", "The state of things does not allow it now.", "this offer is not open any more"),
    410: ("full_sync_required", "No longer kept: go on after `facts.seq`.", "load your lists anew, go on after 7"),
    413: ("body_too_large", "The body has more than 1 MiB, or its file than 5.", "a body has at most 1048576 bytes"),
    415: ("unsupported_media_type", "The body has another type than this.", "the body must be application/json"),
    422: ("invalid_amount", "Well-formed, but not acceptable. `errors` names the field.", "must be greater than zero"),
    429: ("rate_limited", "Too often: wait for `Retry-After` seconds.", "too often: wait 9 seconds, then try again"),
    503: ("database_unavailable", "Not now: repeat after `Retry-After` seconds.", "the database does not answer"),
}  # fmt: skip
"""For each status the example's code, what it means, and the example's detail."""

HEADERS: dict[str, Schema] = {
    "X-Request-ID": {"description": "Names this request in our logs.", "schema": {"type": "string", "maxLength": 64}},
    "ETag": {
        "description": "Changes when the answer does; not sent to who is signed in.",
        "schema": {"type": "string"},
    },
    "Cache-Control": {"description": "How long the answer may be kept.", "schema": {"type": "string"}},
    "Idempotent-Replayed": {"description": "`true` on the answer to a repeated key.", "schema": {"const": "true"}},
    "Retry-After": {"description": "Seconds.", "schema": {"type": "string", "pattern": "^[0-9]+$"}},
    "RateLimit-Limit": {
        "description": "Calls in the tightest window.",
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    },
    "RateLimit-Remaining": {
        "description": "Calls left in the tightest window.",
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    },
    "RateLimit-Reset": {
        "description": "Seconds until the tightest window has more room.",
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    },
    "RateLimit-Policy": {
        "description": "All windows: calls, and `w`, the seconds they are counted over.",
        "schema": {"type": "string", "examples": ["100;w=60, 1000;w=3600, 10000;w=86400"]},
    },
    "WWW-Authenticate": {"description": "How to authenticate.", "schema": {"type": "string"}},
}

METRICS = 'marketplace_request_seconds_count{method="GET",route="/api/v1/products",status_class="2"} 42.0\n'
TEXTS = {
    "application/jsonl": (
        '{"action":"payments.payment_captured","actor":"019aa5c0-b3e8-7c1d-9f27-2f0c5b6a7d10","at":"2026-11-21T09:30:00Z",'
        '"facts":{"amount_minor":75000,"currency":"AED"},"id":4711,"network":"","outcome":"done","request_id":"",'
        '"session":null,"subject":"019aa5c0-b3e8-7c1d-9f27-2f0c5b6a7d11","subject_kind":"payment"}\n'
    ),
    "text/csv": (
        "id,at,action,actor,subject_kind,subject,outcome,facts,session,network,request_id\r\n"
        "4711,2026-11-21T09:30:00+00:00,payments.payment_captured,019aa5c0-b3e8-7c1d-9f27-2f0c5b6a7d10,payment,"
        '019aa5c0-b3e8-7c1d-9f27-2f0c5b6a7d11,done,"{""amount_minor"":75000,""currency"":""AED""}",,,\r\n'
    ),
}
"""Examples of answers that are neither JSON nor the metrics."""
