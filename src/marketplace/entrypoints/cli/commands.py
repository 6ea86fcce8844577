"""One function per command. What only one command needs is imported by it: the supervisor stays small."""

import asyncio
import getpass
import os
import sys
from argparse import Namespace
from pathlib import Path

from marketplace.domain.shared.errors import DomainError
from marketplace.entrypoints import starting
from marketplace.entrypoints.supervisor import lifeline
from marketplace.entrypoints.supervisor import serve as supervisor
from marketplace.entrypoints.wiring import engines
from marketplace.entrypoints.wiring.settings import Settings

WAIT_FOR_DATABASE = 30.0
"""Seconds at a start, since the database of another machine may be starting too."""


class CommandError(Exception):
    """One line for people."""


def settings_of_the_environment() -> Settings:
    return Settings.from_environment(os.environ)


def serve(_: Namespace) -> int:
    return supervisor.serve(settings_of_the_environment())


def migrate(_: Namespace) -> int:
    with engines.running_engines(settings_of_the_environment()) as settings:
        asyncio.run(engines.prepare_database(settings))
    print("the database is at the newest revision")
    return 0


def seed(options: Namespace) -> int:
    given = settings_of_the_environment()
    if options.listings:
        return _seed_listings(given, options)
    if not given.is_development:
        raise CommandError(
            f"demo accounts are for development, this is {given.environment}; see `marketplace create-admin`"
        )
    from marketplace.entrypoints.wiring import accounts

    with engines.running_engines(given) as settings:
        asyncio.run(engines.prepare_database(settings))
        asyncio.run(accounts.seed(settings))
    print("the demo accounts are there")
    return 0


def _seed_listings(given: Settings, options: Namespace) -> int:
    if given.is_production:
        raise CommandError("made listings are for development and test, this is production")
    from marketplace.entrypoints.wiring import seeding

    if options.listings < 0 or not 0 <= options.sellers <= seeding.MOST_SELLERS:
        raise CommandError(f"--listings is 1 or more, --sellers at most {seeding.MOST_SELLERS}")
    with engines.running_engines(given) as settings:
        asyncio.run(engines.prepare_database(settings))
        try:
            made = asyncio.run(seeding.seed_listings(settings, options.listings, options.sellers, options.seed))
        except seeding.SeedingRefused as error:
            raise CommandError(str(error)) from error
    print(f"{made.listings:,} listings in {made.seconds:.1f} s, {made.listings / made.seconds:,.0f} a second")
    return 0


def create_admin(options: Namespace) -> int:
    given = settings_of_the_environment()
    password = _password()
    from marketplace.entrypoints.wiring import accounts

    with engines.running_engines(given) as settings:
        asyncio.run(engines.prepare_database(settings))
        try:
            asyncio.run(accounts.create_admin(settings, options.email, options.username, password))
        except DomainError as error:
            raise CommandError(str(error)) from error
    print(f"{options.username} is an administrator")
    return 0


def keys(options: Namespace) -> int:
    if options.act == "list" and (options.now or options.leaked):
        raise CommandError("--now and --leaked go with `marketplace keys rotate`")
    from marketplace.application.identity.signing_keys import Urgency
    from marketplace.entrypoints.wiring import rotation

    urgency = Urgency.LEAKED if options.leaked else Urgency.NOW if options.now else Urgency.PLANNED
    with engines.running_engines(settings_of_the_environment()) as settings:
        asyncio.run(engines.prepare_database(settings))
        if options.act == "rotate":
            new = asyncio.run(rotation.rotate_keys(settings, urgency))
            print(f"{new.kid} signs from {new.active_from:%Y-%m-%d %H:%M:%S} UTC")
            return 0
        for key in asyncio.run(rotation.list_keys(settings)):
            until = f"{key.retired_at:%Y-%m-%d %H:%M:%S}" if key.retired_at else "replaced"
            print(f"{key.kid}  signs from {key.active_from:%Y-%m-%d %H:%M:%S}, verifies until {until}")
    return 0


def replay_events(_: Namespace) -> int:
    from marketplace.entrypoints.wiring import replaying

    with engines.running_engines(settings_of_the_environment()) as settings:
        asyncio.run(engines.prepare_database(settings))
        replayed = asyncio.run(replaying.replay_provider_events(settings))
    print(f"{replayed} events will be applied again by the worker")
    return 0


def openapi(options: Namespace) -> int:
    from marketplace.entrypoints.http.openapi import openapi_document

    document = openapi_document()
    if options.output:
        Path(options.output).write_bytes(document)
    else:
        sys.stdout.buffer.write(document)
    return 0


def preview_mail(options: Namespace) -> int:
    from marketplace.entrypoints.wiring.preview import write_preview

    try:
        written = write_preview(Path(options.output))
    except OSError as error:
        raise CommandError(f"{options.output} cannot be written ({error.strerror}); name another folder") from error
    print(f"{written} letters: open {Path(options.output) / 'index.html'}")
    return 0


def verify_audit_trail(options: Namespace) -> int:
    """0 if nothing is wrong with the trail, else 1."""
    from marketplace.application.shared.audit_chain import Head
    from marketplace.entrypoints.wiring import trail

    try:
        head = Head.parse(options.head) if options.head else None
    except ValueError:
        raise CommandError(
            f"--head {options.head[:80]!r} is not NUMBER:HASH; copy it from a line of the logs"
        ) from None
    with engines.running_engines(settings_of_the_environment()) as settings:
        found = asyncio.run(trail.verify(settings, head))
    for problem in found.problems:
        print(problem.line)
    result = "nothing is wrong" if found.ok else "the trail was tampered with"
    newest = f"; the head is {found.head.number}:{found.head.hash}" if found.head else ""
    print(f"{found.entries} entries in {found.blocks} blocks: {result}{newest}")
    return 0 if found.ok else 1


def audit_head(_: Namespace) -> int:
    from marketplace.entrypoints.wiring import trail

    with engines.running_engines(settings_of_the_environment()) as settings:
        signed = asyncio.run(trail.signed_head(settings))
    if signed is None:
        raise CommandError("nothing is sealed yet; a worker seals what was written within a second")
    print(f"head {signed.head}\nsignature {signed.signature}\npublic key {signed.public_key}")
    return 0


def doctor(_: Namespace) -> int:
    from marketplace.entrypoints.cli import doctor as examination

    return examination.main(os.environ)


def demo(_: Namespace) -> int:
    from marketplace.entrypoints.cli import demo as story

    return story.main()


def prepare(_: Namespace) -> int:
    """Between the engines and the first process that uses them, in a process of its own."""
    lifeline.follow()
    settings = settings_of_the_environment()
    asyncio.run(engines.prepare_database(settings, patience=WAIT_FOR_DATABASE))
    if settings.is_development:
        starting.begin()
        from marketplace.entrypoints.wiring import accounts

        asyncio.run(accounts.seed(settings))
        known = "\n".join(f"  {account.email} / {account.password}" for account in accounts.DEMO_ACCOUNTS)
        print(f"demo accounts, for development only:\n{known}")
    return 0


def http_process(options: Namespace) -> int:
    lifeline.follow()
    starting.begin()
    settings = settings_of_the_environment()
    from marketplace.entrypoints import logs
    from marketplace.entrypoints.http import server

    logs.configure(settings, f"http {options.index}")
    server.run(settings, fd=options.fd, index=options.index)
    return 0


def worker_process(_: Namespace) -> int:
    lifeline.follow()
    starting.begin()
    settings = settings_of_the_environment()
    from marketplace.entrypoints import logs
    from marketplace.entrypoints.worker import main

    logs.configure(settings, "worker")
    main.run(settings)
    return 0


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("password: ")
    if getpass.getpass("the same again: ") != password:
        raise CommandError("the two passwords differ")
    return password
