"""`marketplace doctor`: everything that can be wrong, one line each, and how to mend it. Bears broken settings."""

import asyncio
import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from marketplace.entrypoints.supervisor import ground
from marketplace.entrypoints.supervisor.readiness import answers, url
from marketplace.entrypoints.wiring import values
from marketplace.entrypoints.wiring.diagnosis import Finding, examine_postgres, examine_push, examine_valkey
from marketplace.entrypoints.wiring.engines import EngineError, reason, running_engines
from marketplace.entrypoints.wiring.settings import Settings

LOCK_FILE = Path(__file__).parents[4] / "requirements.lock"
OLDEST_PYTHON = (3, 11)
FREE_MEGABYTES = 500
ADDRESSES = {"DATABASE_URL", "MIGRATION_DATABASE_URL", "REDIS_URL", "DATA_DIR"}


def main(environ: Mapping[str, str]) -> int:
    """0 if nothing is wrong, else 1."""
    wrong = 0
    for finding in _findings(environ):
        wrong += not finding.is_ok
        mend = "" if finding.is_ok else f"; {finding.mend}"
        print(f"{'ok   ' if finding.is_ok else 'wrong'}  {finding.name:<24}{finding.what}{mend}", flush=True)
    return 1 if wrong else 0


def _findings(environ: Mapping[str, str]) -> Iterator[Finding]:
    settings, problems = Settings.inspect(environ)
    yield _python()
    yield _packages()
    for problem in problems:
        yield Finding(problem.name, problem.wrong, problem.mend)
    if not problems:
        yield Finding("SETTINGS", f"complete, for {settings.environment}")
    broken = {problem.name for problem in problems}
    if "SECRET_KEY" not in broken:
        yield _secret(settings)
    if not broken & {"TURN_URL", "TURN_SECRET"}:
        yield _calls(settings)
    if not broken & {"VAPID_PRIVATE_KEY", "FCM_CREDENTIALS"}:
        yield from examine_push(settings)
    if settings.is_production:
        yield from _production(settings, environ)
    folder = _folder(settings.data_dir)
    yield folder
    if not broken & {"HOST", "PORT"}:
        yield _port(settings)
    if folder.is_ok and not broken & ADDRESSES:
        yield from _engines(settings)
    else:
        yield Finding("ENGINES", "not examined", f"first mend {', '.join(sorted(broken & ADDRESSES)) or 'DATA_DIR'}")


def _python() -> Finding:
    found = sys.version.split()[0]
    return Finding("PYTHON", found, "" if sys.version_info >= OLDEST_PYTHON else "install Python 3.11 or later")


def _packages() -> Finding:
    """Compares with the pins of requirements.lock; one for other platforms may be missing, or be another version."""
    if not LOCK_FILE.exists():
        return Finding("PACKAGES", "no requirements.lock beside this installation to compare with")
    pins: dict[str, list[tuple[str, str]]] = {}
    for name, *pin in re.findall(r"^([\w.-]+)==([^\s;\\]+)(\s*;)?", LOCK_FILE.read_text(), re.MULTILINE):
        pins.setdefault(name, []).append((pin[0], pin[1]))
    other = []
    for name, choices in pins.items():
        try:
            if (found := version(name)) not in {pin for pin, _ in choices}:
                other.append(f"{name} {found} instead of {choices[0][0]}")
        except PackageNotFoundError:
            other += [] if choices[0][1] else [f"{name} missing"]
    mend = "run: python -m pip install --require-hashes -r requirements.lock" if other else ""
    return Finding("PACKAGES", ", ".join(other[:5]) or "as pinned in requirements.lock", mend)


def _secret(settings: Settings) -> Finding:
    if not settings.secret_key:
        return Finding("SECRET_KEY", f"kept in {settings.data_dir / 'secret'}, made at the first start")
    if weakness := values.weakness(settings.secret_key):
        return Finding("SECRET_KEY", f"{weakness}; good enough for {settings.environment} alone")
    return Finding("SECRET_KEY", "strong")


def _production(settings: Settings, environ: Mapping[str, str]) -> Iterator[Finding]:
    names = environ.get("ALLOWED_HOSTS", "").strip()
    mend = "" if names else "set the names that clients use, for example ALLOWED_HOSTS=api.example.com"
    yield Finding("ALLOWED_HOSTS", names or f"absent: only {', '.join(settings.allowed_hosts)} are answered", mend)
    mails = settings.sendgrid_api_key or settings.smtp_url
    mend = "" if mails else "set SENDGRID_API_KEY or SMTP_URL"
    yield Finding("MAIL", "goes out" if mails else "has no way out, so nobody can sign in by mail", mend)
    simulator = [name for name in environ if name.startswith("FAKE_GATEWAY_")]
    if simulator:
        yield Finding(simulator[0], "is set in production", "remove it: the simulator moves no money")


def _calls(settings: Settings) -> Finding:
    direct = "absent: only people whose networks let them reach each other directly can call"
    return Finding("TURN_URL", ", ".join(settings.turn_urls) or direct)


def _folder(path: Path) -> Finding:
    existing = next(parent for parent in (path, *path.parents) if parent.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        return Finding(
            "DATA_DIR", f"{path} cannot be written to", "name a folder of your own, for example DATA_DIR=.data"
        )
    free = shutil.disk_usage(existing).free // 2**20
    return Finding("DATA_DIR", f"{path}, {free} MB free", "" if free >= FREE_MEGABYTES else "make room on this disk")


def _port(settings: Settings) -> Finding:
    try:
        with ground.bind(settings.host, settings.port) as listener:
            ground.listen(listener)
        return Finding("PORT", f"{settings.port} on {settings.host} is free")
    except ground.StartError as error:
        address = (settings.host, settings.port)
        if asyncio.run(answers(address, "/health/live", url(address).removeprefix("http://"), patience=1)) == 200:
            return Finding("PORT", f"the service answers on {url(address)}")
        what, _, mend = str(error).partition("; ")
        return Finding("PORT", what, mend)


def _engines(settings: Settings) -> Iterator[Finding]:
    try:
        with running_engines(settings) as found:
            yield from asyncio.run(examine_postgres(found, embedded=not settings.database_url))
            yield from asyncio.run(examine_valkey(found, embedded=not settings.redis_url))
    except EngineError as error:
        yield Finding("ENGINES", str(error), "or set DATABASE_URL and REDIS_URL to servers of your own")
    except Exception as error:  # a doctor does not faint
        mend = "`LOG_LEVEL=DEBUG marketplace migrate` shows where"
        yield Finding("ENGINES", f"{type(error).__name__}: {reason(error)}", mend)
