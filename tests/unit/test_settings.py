import os
import stat
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_network
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from marketplace.application.shared.limits import RateWindow
from marketplace.entrypoints.wiring.settings import Settings, SettingsError
from marketplace.entrypoints.wiring.stripe_settings import webhook_secrets
from marketplace.entrypoints.wiring.values import (
    Environment,
    LogLevel,
    PasswordPolicy,
    Secret,
    rate_limit,
)

STRONG = "7pQ2vX9mK4tR8wZ1nB6cF3hJ5dL0sG-yTqWeUiOpAaSd"
MINUTE, HOUR, DAY = 60, 3_600, 86_400


def settings_of(**environ: str) -> Settings:
    settings, problems = Settings.inspect(environ)
    assert not problems, problems[0]
    return settings


def refusal_of(**environ: str) -> str:
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment(environ)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_the_defaults_are_those_of_the_contract() -> None:
    settings = settings_of()
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8000, 1)
    assert settings.environment is Environment.DEVELOPMENT
    assert settings.log_level is LogLevel.INFO
    assert settings.password_policy is PasswordPolicy.COMPOSITION
    assert settings.data_dir == Path.cwd() / ".data"
    assert settings.storage_url == (settings.data_dir / "files").as_uri()
    assert settings.fake_gateway_success_rate == 0.8
    assert settings.fake_gateway_seed is None
    assert settings.trusted_proxies == ()
    assert not settings.database_url
    assert not settings.debug


def test_the_default_rate_limits_are_those_of_op_04() -> None:
    limits = settings_of().rate_limits
    assert limits.api == (RateWindow(100, MINUTE), RateWindow(1_000, HOUR), RateWindow(10_000, DAY))
    assert limits.login == (RateWindow(5, MINUTE), RateWindow(20, HOUR), RateWindow(100, DAY))
    assert limits.password_reset == (RateWindow(1, MINUTE), RateWindow(3, HOUR), RateWindow(10, DAY))
    assert limits.otp == limits.password_reset
    assert limits.email == (RateWindow(2, MINUTE), RateWindow(10, HOUR), RateWindow(50, DAY))
    assert limits.send_per_ip == (RateWindow(30, HOUR),)
    assert limits.chat == (RateWindow(60, MINUTE),)
    assert limits.socket == (RateWindow(120, MINUTE),)


def test_every_value_is_read() -> None:
    settings = settings_of(
        ENVIRONMENT="Test", HOST="::", PORT="0", WORKERS="4", SECRET_KEY="s", DEBUG="yes", LOG_LEVEL="warning",
        ALLOWED_HOSTS="API.example.com, .example.org", ALLOWED_ORIGINS="https://example.com/,http://localhost:3000",
        DATABASE_URL="postgres://app:pw@db:5433/market", REDIS_URL="valkey://cache:6380/1", PASSWORD_POLICY="nist",
        EMAIL_FROM="Market <shop@example.com>", SMTP_URL="smtp://u:p@mail:587", GCS_BUCKET_NAME="pictures",
        TWILIO_ACCOUNT_SID="AC1", TWILIO_AUTH_TOKEN="t", TWILIO_PHONE_NUMBER="+15005550006",
        STRIPE_SECRET_KEY="sk_1", STRIPE_WEBHOOK_SECRET="whsec_1", PAYME_LOGIN="m", CLICK_IPS="10.0.0.1",
        FAKE_GATEWAY_SUCCESS_RATE="1", FAKE_GATEWAY_SEED="-7", TURN_SECRET="x",
        TURN_URL="turn:turn.example.com:3478, turns:t.example.com:443?transport=tcp,stun:t.example.com",
        CLAMD_URL="unix:///run/clamd.sock",
        TRUSTED_PROXIES="10.0.0.0/8, fd00::/8,192.0.2.1", RATE_LIMIT_API="9/day; 5/minute",
        HTTP_SOCKETS="/a/http-0.sock,/a/http-1.sock", PRODUCTS_PER_SELLER="7",
    )  # fmt: skip
    assert settings.environment is Environment.TEST
    assert (settings.host, settings.port, settings.workers, settings.debug) == ("::", 0, 4, True)
    assert settings.allowed_hosts == ("api.example.com", "*.example.org")
    assert settings.allowed_origins == ("https://example.com", "http://localhost:3000")
    assert settings.trusted_proxies == tuple(map(ip_network, ["10.0.0.0/8", "fd00::/8", "192.0.2.1/32"]))
    assert settings.database_url.reveal() == "postgresql://app:pw@db:5433/market"
    assert settings.migration_database_url == settings.database_url
    assert settings.redis_url.reveal() == "redis://cache:6380/1"
    assert settings.storage_url == "gs://pictures"
    assert settings.clamd_url == "unix:///run/clamd.sock"
    turn, *others = settings.turn_urls
    assert (turn, others[1]) == ("turn:turn.example.com:3478", "stun:t.example.com")
    assert settings.stripe == {"STRIPE_SECRET_KEY": Secret("sk_1"), "STRIPE_WEBHOOK_SECRET": Secret("whsec_1")}
    assert settings.payme == {"PAYME_LOGIN": Secret("m")}
    assert settings.click == {"CLICK_IPS": Secret("10.0.0.1")}
    assert (settings.fake_gateway_success_rate, settings.fake_gateway_seed) == (1.0, -7)
    assert settings.rate_limits.api == (RateWindow(5, MINUTE), RateWindow(9, DAY))
    assert (settings.products_per_seller, settings_of().products_per_seller) == (7, 50)
    assert settings.http_sockets == (Path("/a/http-0.sock"), Path("/a/http-1.sock"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENVIRONMENT", "staging"), ("HOST", "a b"), ("PORT", "65536"), ("PORT", "-1"), ("PORT", "\uff18\uff10"),
        ("WORKERS", "0"),
        ("JOB_WORKERS", "0"),
        ("DEBUG", "maybe"), ("LOG_LEVEL", "loud"), ("ALLOWED_HOSTS", "https://example.com"),
        ("ALLOWED_HOSTS", "a.com:80"), ("ALLOWED_ORIGINS", "example.com"), ("ALLOWED_ORIGINS", "https://example.com/path"),
        ("PASSWORD_POLICY", "weak"), ("DATABASE_URL", "sqlite:///market.db"), ("DATABASE_URL", "postgresql:///market"),
        ("DATABASE_URL", "market"),
        ("DATABASE_URL", "postgresql://h:port/market"), ("REDIS_URL", "http://cache"), ("REDIS_URL", "redis://"),
        ("REDIS_URL", "unix://"), ("MIGRATION_DATABASE_URL", "mysql://h/d"), ("EMAIL_FROM", "shop"),
        ("SMTP_URL", "mail.example.com"), ("STORAGE_URL", "ftp://h"), ("STORAGE_URL", "s3://"), ("STORAGE_URL", "file://x"),
        ("CLAMD_URL", "localhost:3310"), ("CLAMD_URL", "tcp://h"), ("CLAMD_URL", "unix://h"), ("CLAMD_URL", "http://h:1"),
        ("FAKE_GATEWAY_SUCCESS_RATE", "1.1"), ("FAKE_GATEWAY_SUCCESS_RATE", "nan"), ("FAKE_GATEWAY_SEED", "x"),
        ("FAKE_GATEWAY_SUCESS_RATE", "1"), ("RATE_LIMIT_LOGN", "5/minute"), ("RATE_LIMIT_API", "many"),
        ("RATE_LIMIT_API", "5/minute;6/minute"), ("RATE_LIMIT_API", "0/minute"), ("TURN_URL", "http://turn"),
        ("TURN_URL", "turn:a.example.com,b"),
        ("TWILIO_PHONE_NUMBER", "5550006"), ("TURN_SERVER", "x"), ("TRUSTED_PROXIES", "proxy.example.com"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"), ("TRUSTED_PROXIES", "10.0.0.0/33"), ("TRUSTED_PROXIES", "*"),
        ("PRODUCTS_PER_SELLER", "0"),
    ],
)  # fmt: skip
def test_an_unusable_value_is_refused_in_one_line_that_names_it(name: str, value: str) -> None:
    assert refusal_of(**{name: value}).startswith(f"{name} ")


def test_a_misspelt_name_is_answered_with_the_right_one() -> None:
    assert refusal_of(RATE_LIMIT_LOGN="5/minute") == "RATE_LIMIT_LOGN is not a setting; did you mean RATE_LIMIT_LOGIN?"


def test_every_problem_is_found_and_the_line_tells_how_many() -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment({"PORT": "x", "WORKERS": "x", "DEBUG": "x"})
    assert [problem.name for problem in refused.value.problems] == ["PORT", "WORKERS", "DEBUG"]
    assert "2 more" in str(refused.value)


@pytest.mark.parametrize("name", ["DATABASE_URL", "MIGRATION_DATABASE_URL", "REDIS_URL", "SMTP_URL", "STORAGE_URL"])
def test_a_refusal_does_not_repeat_a_password(name: str) -> None:
    assert "hunter2" not in refusal_of(**{name: "wrong://user:hunter2@host/x"})


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({}, "SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"SECRET_KEY": "changeme" * 8}, "SECRET_KEY"),
        ({"SECRET_KEY": "ab" * 40}, "SECRET_KEY"),
        ({"SECRET_KEY": STRONG, "DEBUG": "true"}, "DEBUG"),
        ({"SECRET_KEY": STRONG, "ALLOWED_ORIGINS": "*"}, "ALLOWED_ORIGINS"),
    ],
)
def test_production_refuses_what_is_unsafe(environ: dict[str, str], name: str) -> None:
    assert refusal_of(ENVIRONMENT="production", **environ).startswith(f"{name} ")


def test_production_answers_to_its_own_names_alone_and_no_foreign_origin() -> None:
    settings = settings_of(ENVIRONMENT="production", JWT_SECRET=STRONG)
    assert settings.secret_key.reveal() == STRONG
    assert settings.allowed_hosts == ("localhost", "127.0.0.1", "[::1]")
    assert settings.allowed_origins == ()


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({"TWILIO_AUTH_TOKEN": "t"}, "TWILIO_ACCOUNT_SID"),
        ({"TURN_URL": "turn:turn.example.com"}, "TURN_SECRET"),
        ({"MIGRATION_DATABASE_URL": "postgresql://owner@db/market"}, "DATABASE_URL"),
    ],
)
def test_what_belongs_together_comes_together(environ: dict[str, str], name: str) -> None:
    assert refusal_of(**environ).startswith(f"{name} is missing")


def test_a_server_that_only_names_addresses_needs_no_secret() -> None:
    assert settings_of(TURN_URL="stun:stun.example.com").turn_urls == ("stun:stun.example.com",)


def test_a_development_secret_is_made_once_and_is_private(tmp_path: Path) -> None:
    data_dir = tmp_path / "new" / "data"
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: Settings.from_environment({"DATA_DIR": str(data_dir)}), range(8)))

    assert len({settings.secret_key.reveal() for settings in found}) == 1
    assert len(found[0].secret_key.reveal()) >= 32
    assert stat.S_IMODE((data_dir / "secret").stat().st_mode) == 0o600
    assert [path.name for path in data_dir.iterdir()] == ["secret"]


def test_an_unusable_data_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert refusal_of(DATA_DIR=str(tmp_path / "file")).startswith("DATA_DIR ")


def test_a_secret_is_not_shown_by_accident() -> None:
    settings = settings_of(
        SECRET_KEY=STRONG, DATABASE_URL="postgresql://u:hunter2@h/d", STRIPE_SECRET_KEY="sk_hunter2",
        STRIPE_WEBHOOK_SECRET="whsec_hunter2",
    )  # fmt: skip
    shown = f"{settings} {settings!r} {settings.secret_key} {settings.stripe}"
    assert STRONG not in shown
    assert "hunter2" not in shown


@pytest.mark.parametrize(("given", "name"), [
    ({"KEY": "sk_test_1"}, "STRIPE_WEBHOOK_SECRET"),
    ({"HOOK": "whsec_1"}, "STRIPE_SECRET_KEY"),
    ({"STRIPE_API_BASE": "http://localhost:1"}, "STRIPE_SECRET_KEY"),
    ({"KEY": "pk_test_1", "HOOK": "whsec_1"}, "STRIPE_SECRET_KEY"),
    ({"KEY": "sk_test_1", "HOOK": "sk_test_1"}, "STRIPE_WEBHOOK_SECRET"),
    ({"KEY": "sk_test_1", "HOOK": " , "}, "STRIPE_WEBHOOK_SECRET"),
    ({"KEY": "sk_test_1", "HOOK": "whsec_1,sk_1"}, "STRIPE_WEBHOOK_SECRET"),
    ({"KEY": "sk_test_1", "HOOK": "whsec_1", "STRIPE_API_BASE": "http://example.com"}, "STRIPE_API_BASE"),
    ({"KEY": "sk_test_1", "HOOK": "whsec_1", "STRIPE_API_BASE": "https://a.b/v1"}, "STRIPE_API_BASE"),
    ({"KEY": "sk_test_1", "HOOK": "whsec_1", "STRIPE_LOG": "debug"}, "STRIPE_LOG"),
])  # fmt: skip
def test_stripe_is_set_up_whole_or_not_at_all(given: dict[str, str], name: str) -> None:
    names = {"KEY": "STRIPE_SECRET_KEY", "HOOK": "STRIPE_WEBHOOK_SECRET"}
    refused = refusal_of(**{names.get(one, one): text for one, text in given.items()})
    assert refused.startswith(f"{name} ")
    assert all(text not in refused for text in given.values() if "_1" in text)


def test_stripes_secrets_are_listed_while_one_replaces_the_other() -> None:
    stripe = {"STRIPE_SECRET_KEY": "rk_live_1", "STRIPE_WEBHOOK_SECRET": "whsec_1, whsec_2"}
    settings = settings_of(**stripe, STRIPE_API_BASE="http://localhost:12111")
    assert webhook_secrets(settings.stripe) == ["whsec_1", "whsec_2"]


def test_keys_are_hkdf_of_the_secret_and_differ_by_purpose() -> None:
    settings = settings_of(SECRET_KEY=STRONG)
    expected = HKDF(SHA256(), 32, salt=b"marketplace", info=b"tokens").derive(STRONG.encode())
    assert settings.key("tokens") == expected
    assert settings.key("cursors") != expected


def test_a_secret_of_any_bytes_gives_keys() -> None:
    assert len(settings_of(SECRET_KEY=os.fsdecode(b"\xff\xfe")).key("tokens")) == 32


def test_children_get_what_was_found() -> None:
    settings = settings_of(SECRET_KEY=STRONG).with_addresses(
        "postgresql://app@/market?host=/run/pg", "postgresql://owner@/market?host=/run/pg", "unix:///run/valkey.sock"
    )
    again = settings_of(**settings.for_children())
    assert again == settings


@given(st.lists(st.sampled_from(["minute", "hour", "day"]), min_size=1, unique=True), st.data())
def test_rate_limits_come_out_as_they_were_written(units: list[str], data: st.DataObject) -> None:
    written = {unit: data.draw(st.integers(1, 10**9 - 1)) for unit in units}
    windows = rate_limit(";".join(f"{limit}/{unit}" for unit, limit in written.items()))
    seconds = {"minute": MINUTE, "hour": HOUR, "day": DAY}
    assert {window.seconds: window.limit for window in windows} == {seconds[u]: n for u, n in written.items()}
    assert [window.seconds for window in windows] == sorted(window.seconds for window in windows)


@given(st.text())
def test_no_text_makes_the_settings_fall_over(text: str) -> None:
    names = (
        "PORT",
        "HOST",
        "DATABASE_URL",
        "REDIS_URL",
        "ALLOWED_ORIGINS",
        "ALLOWED_HOSTS",
        "RATE_LIMIT_API",
        "TRUSTED_PROXIES",
    )
    _, problems = Settings.inspect(dict.fromkeys(names, text))
    assert all("\n" not in str(problem) for problem in problems)


def test_people_reach_us_where_we_listen_unless_we_are_told_otherwise() -> None:
    assert settings_of(HOST="::1", PORT="9000").public_url == "http://localhost:9000"
    assert settings_of(HOST="2001:db8::1").public_url == "http://[2001:db8::1]:8000"
    assert settings_of(PUBLIC_URL="https://Market.example/").public_url == "https://market.example"
    assert refusal_of(PUBLIC_URL="https://market.example/shop").startswith(
        "PUBLIC_URL is 'https://market.example/shop'"
    )
    assert refusal_of(PUBLIC_URL="*").startswith("PUBLIC_URL is '*' but must be one origin")


def test_an_outside_provider_is_named_completely_and_reached_safely() -> None:
    given = {"OIDC_ISSUER": "https://accounts.example/realm/", "OIDC_CLIENT_ID": "market", "OIDC_CLIENT_SECRET": "s"}
    settings = settings_of(**given)
    assert (settings.oidc_issuer, settings.oidc_client_id) == ("https://accounts.example/realm/", "market")
    assert (settings.oidc_client_secret, settings.oidc_name) == (Secret("s"), "OpenID")
    assert settings_of(OIDC_ISSUER="http://127.0.0.1:9000", OIDC_CLIENT_ID="market").oidc_issuer
    assert not settings_of().oidc_issuer
    for issuer in ("http://accounts.example", "https://a.example/?x", "https://u@a.example", "accounts.example"):
        assert refusal_of(OIDC_ISSUER=issuer, OIDC_CLIENT_ID="market").startswith("OIDC_ISSUER is ")
    assert refusal_of(OIDC_ISSUER="https://a.example").startswith("OIDC_CLIENT_ID is missing beside OIDC_ISSUER")
    assert refusal_of(OIDC_CLIENT_ID="market").startswith("OIDC_ISSUER is missing beside OIDC_CLIENT_ID")
    assert refusal_of(OIDC_CLIENTID="market").startswith("OIDC_CLIENTID is not a setting; did you mean OIDC_CLIENT_ID?")
