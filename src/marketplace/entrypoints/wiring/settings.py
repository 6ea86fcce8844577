"""Every setting of the service, read once from the environment."""

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Self, TypeVar

from marketplace.application.shared.limits import Limit, RateLimit
from marketplace.entrypoints.wiring import payme_click_settings, push_settings, values
from marketplace.entrypoints.wiring.reader import Problem, Reader
from marketplace.entrypoints.wiring.stripe_settings import stripe_problems
from marketplace.entrypoints.wiring.values import Environment, LogLevel, PasswordPolicy, Secret

Value = TypeVar("Value")

RATE_LIMITS = {
    "RATE_LIMIT_API": "100/minute;1000/hour;10000/day",
    "RATE_LIMIT_LOGIN": "5/minute;20/hour;100/day",
    "RATE_LIMIT_PASSWORD_RESET": "1/minute;3/hour;10/day",
    "RATE_LIMIT_OTP": "1/minute;3/hour;10/day",
    "RATE_LIMIT_EMAIL": "2/minute;10/hour;50/day",
    "RATE_LIMIT_SEND_PER_IP": "30/hour",
    "RATE_LIMIT_CHAT": "60/minute",
    "RATE_LIMIT_SOCKET": "120/minute",
}
TWILIO = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_PHONE_NUMBER")
OURS = {
    "RATE_LIMIT_": tuple(RATE_LIMITS),
    "FAKE_GATEWAY_": ("FAKE_GATEWAY_SUCCESS_RATE", "FAKE_GATEWAY_SEED"),
    "TURN_": ("TURN_URL", "TURN_SECRET"),
    **push_settings.PREFIXES,
    "OIDC_": ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_NAME"),
}
"""Prefixes that nobody else uses: another name that begins so is a misspelling."""


class SettingsError(Exception):
    def __init__(self, *problems: Problem) -> None:
        more = f" (and {len(problems) - 1} more, see `marketplace doctor`)" if len(problems) > 1 else ""
        super().__init__(f"{problems[0]}{more}")
        self.problems = problems


@dataclass(frozen=True, slots=True)
class RateLimits:
    """`email` counts per account or target address, `send_per_ip` per client address.

    `chat` counts the messages of a person, `socket` their commands over all sockets.
    """

    api: RateLimit
    login: RateLimit
    password_reset: RateLimit
    otp: RateLimit
    email: RateLimit
    send_per_ip: RateLimit
    chat: RateLimit
    socket: RateLimit

    @property
    def by_limit(self) -> dict[Limit, RateLimit]:
        return {limit: getattr(self, limit) for limit in Limit}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Absent texts and secrets are empty, hence false."""

    environment: Environment
    data_dir: Path
    host: str
    port: int
    workers: int
    job_workers: int
    secret_key: Secret
    allowed_hosts: tuple[str, ...]
    allowed_origins: tuple[str, ...]
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...]
    """Peers whose X-Forwarded-For is believed."""
    debug: bool
    log_level: LogLevel
    password_policy: PasswordPolicy
    database_url: Secret
    """Empty, like the next two, until the embedded engines have started: see `with_addresses`."""
    migration_database_url: Secret
    redis_url: Secret
    http_sockets: tuple[Path, ...]
    """The private Unix socket of every HTTP process of this node, by index; set by the supervisor."""
    email_from: str
    sendgrid_api_key: Secret
    smtp_url: Secret
    twilio_account_sid: str
    twilio_auth_token: Secret
    twilio_phone_number: str
    storage_url: str
    """`file:///FOLDER`, `s3://BUCKET` or `gs://BUCKET`."""
    clamd_url: str
    """`tcp://HOST:PORT` or `unix:///SOCKET` of a virus scanner; documents are not scanned without one."""
    stripe: Mapping[str, Secret]
    """By full name, for example STRIPE_SECRET_KEY."""
    payme: Mapping[str, Secret]
    click: Mapping[str, Secret]
    push: Mapping[str, Secret]
    """By full name, for example FCM_CREDENTIALS."""
    fake_gateway_success_rate: float
    fake_gateway_seed: int | None
    turn_urls: tuple[str, ...]
    turn_secret: Secret
    public_url: str
    """The origin at which people reach us."""
    oidc_issuer: str
    """Empty when nobody signs in with an outside provider; else `oidc_client_id` is there too."""
    oidc_client_id: str
    oidc_client_secret: Secret
    oidc_name: str
    rate_limits: RateLimits
    products_per_seller: int
    events_kept: timedelta
    """Who was away longer loads everything anew."""
    payout_cool_off: timedelta
    """From the change of a payout account until it is paid to: a stolen session is found out before money is gone."""
    earnings_hold: timedelta
    """From the completion of an order until its earnings may be paid out."""
    webhooks_to_loopback: bool
    """Webhook endpoints may be on this machine, without TLS: for development and tests."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """Raises SettingsError. Outside production a missing secret is made once and kept in DATA_DIR/secret."""
        settings, problems = cls.inspect(environ)
        if problems:
            raise SettingsError(*problems)
        return settings if settings.secret_key else replace(settings, secret_key=_kept_secret(settings.data_dir))

    @classmethod
    def inspect(cls, environ: Mapping[str, str]) -> tuple[Self, tuple[Problem, ...]]:
        """What can be used, the default standing in for what cannot, and every problem. Touches nothing."""
        read = Reader(environ)
        environment = read("ENVIRONMENT", values.choice(Environment), Environment.DEVELOPMENT, "production")
        live = environment is Environment.PRODUCTION
        host = read("HOST", values.host, "127.0.0.1", "0.0.0.0")  # noqa: S104 - an example, not a binding
        data_dir = Path(environ.get("DATA_DIR") or ".data").absolute()
        secret_key = read.secret("SECRET_KEY") or read.secret("JWT_SECRET")
        database = read(
            "DATABASE_URL", values.postgres_url, Secret(), "postgresql://app:password@localhost/market", True
        )
        bucket = environ.get("GCS_BUCKET_NAME", "").strip()
        storage = f"gs://{bucket}" if bucket else (data_dir / "files").as_uri()
        port = read("PORT", values.integer(0, 65_535), 8000, "8000")
        settings = cls(
            environment=environment,
            data_dir=data_dir,
            host=host,
            port=port,
            workers=read("WORKERS", values.integer(1, 64), 1, "2"),
            job_workers=read("JOB_WORKERS", values.integer(1, 64), 2, "2"),
            secret_key=secret_key,
            allowed_hosts=read(
                "ALLOWED_HOSTS",
                values.listed(values.allowed_host),
                _own_names(host) if live else ("*",),
                "api.example.com,*.example.org",
            ),
            allowed_origins=read(
                "ALLOWED_ORIGINS",
                values.listed(values.origin),
                () if live else ("*",),
                "https://example.com,http://localhost:3000",
            ),
            trusted_proxies=read("TRUSTED_PROXIES", values.networks, (), "10.0.0.0/8,fd00::/8"),
            debug=read("DEBUG", values.boolean, False, "false"),
            log_level=read("LOG_LEVEL", values.choice(LogLevel), LogLevel.INFO, "INFO"),
            password_policy=read(
                "PASSWORD_POLICY", values.choice(PasswordPolicy), PasswordPolicy.COMPOSITION, PasswordPolicy.NIST
            ),
            database_url=database,
            migration_database_url=read(
                "MIGRATION_DATABASE_URL",
                values.postgres_url,
                database,
                "postgresql://owner:password@localhost/market",
                True,
            ),
            redis_url=read("REDIS_URL", values.redis_url, Secret(), "redis://localhost:6379/0", True),
            http_sockets=tuple(Path(path) for path in environ.get("HTTP_SOCKETS", "").split(",") if path),
            email_from=read("EMAIL_FROM", values.mail_address, "no-reply@marketplace.example", "shop@example.com"),
            sendgrid_api_key=read.secret("SENDGRID_API_KEY"),
            smtp_url=read("SMTP_URL", values.smtp_url, Secret(), "smtp://user:password@mail.example.com:587", True),
            twilio_account_sid=read.text("TWILIO_ACCOUNT_SID"),
            twilio_auth_token=read.secret("TWILIO_AUTH_TOKEN"),
            twilio_phone_number=read("TWILIO_PHONE_NUMBER", values.phone_number, "", "+15005550006"),
            storage_url=read("STORAGE_URL", values.storage_url, storage, "s3://my-bucket", True),
            clamd_url=read("CLAMD_URL", values.clamd_url, "", "tcp://localhost:3310"),
            stripe=values.by_prefix(environ, "STRIPE_"),
            payme=values.by_prefix(environ, "PAYME_"),
            click=values.by_prefix(environ, "CLICK_"),
            push=push_settings.push_settings(environ),
            fake_gateway_success_rate=read("FAKE_GATEWAY_SUCCESS_RATE", values.fraction, 0.8, "0.8"),
            fake_gateway_seed=read("FAKE_GATEWAY_SEED", values.integer(-(2**63), 2**63 - 1), None, "42"),
            turn_urls=read("TURN_URL", values.listed(values.turn_url), (), "turn:turn.example.com:3478"),
            turn_secret=read.secret("TURN_SECRET"),
            public_url=read("PUBLIC_URL", values.public_url, _own_url(host, port), "https://shop.example.com"),
            oidc_issuer=read("OIDC_ISSUER", values.issuer, "", "https://accounts.example.com"),
            oidc_client_id=read.text("OIDC_CLIENT_ID"),
            oidc_client_secret=read.secret("OIDC_CLIENT_SECRET"),
            oidc_name=read.text("OIDC_NAME") or "OpenID",
            rate_limits=RateLimits(
                *(read(name, values.rate_limit, values.rate_limit(text), text) for name, text in RATE_LIMITS.items())
            ),
            products_per_seller=read("PRODUCTS_PER_SELLER", values.integer(1, 2**31 - 1), 50, "50"),
            events_kept=timedelta(days=read("EVENTS_KEPT_DAYS", values.integer(1, 3_650), 30, "30")),
            payout_cool_off=timedelta(hours=read("PAYOUT_COOL_OFF_HOURS", values.integer(0, 8_760), 72, "72")),
            earnings_hold=timedelta(hours=read("EARNINGS_HOLD_HOURS", values.integer(0, 8_760), 72, "72")),
            webhooks_to_loopback=read("WEBHOOKS_TO_LOOPBACK", values.boolean, False, "false"),
        )
        read.problems += [*_misspelt(environ), *_together(settings, environ), *stripe_problems(settings.stripe)]
        read.problems += push_settings.push_problems(settings.push)
        if live:
            read.problems += _unsafe(settings)
        return settings, tuple(read.problems)

    @property
    def is_production(self) -> bool:
        return self.environment is Environment.PRODUCTION

    @property
    def is_development(self) -> bool:
        return self.environment is Environment.DEVELOPMENT

    def with_addresses(self, database_url: str, migration_database_url: str, redis_url: str) -> Self:
        return replace(
            self,
            database_url=Secret(database_url),
            migration_database_url=Secret(migration_database_url),
            redis_url=Secret(redis_url),
        )

    def key(self, purpose: str) -> bytes:
        """32 bytes of their own for each purpose: HKDF-SHA-256 (RFC 5869) of SECRET_KEY."""
        extracted = hmac.digest(b"marketplace", os.fsencode(self.secret_key.reveal()), hashlib.sha256)
        return hmac.digest(extracted, purpose.encode() + b"\x01", hashlib.sha256)

    def for_children(self) -> dict[str, str]:
        """What was found or made, so that every process of this start uses the same."""
        return {
            "DATA_DIR": str(self.data_dir),
            "SECRET_KEY": self.secret_key.reveal(),
            "DATABASE_URL": self.database_url.reveal(),
            "MIGRATION_DATABASE_URL": self.migration_database_url.reveal(),
            "REDIS_URL": self.redis_url.reveal(),
        }


def _own_names(host: str) -> tuple[str, ...]:
    names = ("localhost", "127.0.0.1", "[::1]")
    return names if host in {*names, "0.0.0.0", "::", "::1"} else (*names, host)  # noqa: S104 - compared, not bound


def _own_url(host: str, port: int) -> str:
    """A name where it can be: passkeys are bound to names."""
    host = "localhost" if host in {"0.0.0.0", "::", "127.0.0.1", "::1"} else host  # noqa: S104 - compared, not bound
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _misspelt(environ: Mapping[str, str]) -> list[Problem]:
    found = []
    for prefix, names in OURS.items():
        for name in sorted(environ):
            if name.startswith(prefix) and name not in names:
                near = get_close_matches(name, names, n=1, cutoff=0) or names
                found.append(Problem(name[:80], "is not a setting", f"did you mean {near[0]}?"))
    return found


def _together(settings: Settings, environ: Mapping[str, str]) -> list[Problem]:
    found = []
    given = [name for name in TWILIO if environ.get(name)]
    if given and len(given) < len(TWILIO):
        missing = next(name for name in TWILIO if name not in given)
        found.append(Problem(missing, f"is missing beside {given[0]}", f"set {', '.join(TWILIO)} together"))
    if any(url.startswith("turn") for url in settings.turn_urls) and not settings.turn_secret:
        found.append(Problem("TURN_SECRET", "is missing beside TURN_URL", "set the TURN server's shared secret"))
    found += payme_click_settings.problems(settings.payme, settings.click, is_production=settings.is_production)
    if settings.oidc_issuer and not settings.oidc_client_id:
        found.append(Problem("OIDC_CLIENT_ID", "is missing beside OIDC_ISSUER", "set what the provider gave you"))
    if settings.oidc_client_id and not environ.get("OIDC_ISSUER"):
        found.append(Problem("OIDC_ISSUER", "is missing beside OIDC_CLIENT_ID", "set the provider's issuer URL"))
    if settings.migration_database_url and not settings.database_url and not environ.get("DATABASE_URL"):
        found.append(Problem("DATABASE_URL", "is missing beside MIGRATION_DATABASE_URL", "set both or neither"))
    return found


def _unsafe(settings: Settings) -> list[Problem]:
    found = []
    make_one = "make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
    if not settings.secret_key:
        found.append(Problem("SECRET_KEY", "is missing in production", make_one))
    elif weakness := values.weakness(settings.secret_key):
        found.append(Problem("SECRET_KEY", weakness, make_one))
    if settings.debug:
        found.append(Problem("DEBUG", "is true in production", "for example DEBUG=false"))
    if settings.webhooks_to_loopback:
        found.append(Problem("WEBHOOKS_TO_LOOPBACK", "is true in production", "for example WEBHOOKS_TO_LOOPBACK=false"))
    if settings.payout_cool_off < timedelta(hours=24):
        found.append(Problem("PAYOUT_COOL_OFF_HOURS", "is below 24 in production", "for example 72"))
    if "*" in settings.allowed_origins:
        found.append(
            Problem("ALLOWED_ORIGINS", "is '*' in production", "for example ALLOWED_ORIGINS=https://example.com")
        )
    return found


def _kept_secret(data_dir: Path) -> Secret:
    path = data_dir / "secret"
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            fresh = data_dir / f".secret.{os.getpid()}.{secrets.token_hex(4)}"
            fresh.touch(mode=0o600)
            fresh.write_text(secrets.token_urlsafe(48))
            try:
                os.link(fresh, path)  # fails if another process was first: its secret is the one
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
        return Secret(path.read_text().strip())
    except OSError as error:
        wrong = f"is {str(data_dir)!r} but cannot be used ({error.strerror})"
        raise SettingsError(
            Problem("DATA_DIR", wrong, "name a folder of your own, for example DATA_DIR=.data")
        ) from None
