import argparse
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from marketplace.entrypoints.cli import commands
from marketplace.entrypoints.supervisor.ground import StartError
from marketplace.entrypoints.wiring.engines import EngineError, UnfitDatabase
from marketplace.entrypoints.wiring.settings import SettingsError

WRONG_SETTINGS = 2
FAILED = 1
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 2 for settings and usage, 1 for anything else. Errors are one line, traced at LOG_LEVEL=DEBUG."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except SettingsError as error:
        return _failed(error, WRONG_SETTINGS)
    except (StartError, EngineError, UnfitDatabase, commands.CommandError) as error:
        return _failed(error, FAILED)
    except BrokenPipeError:
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # the last word: one line, not a trace
        innermost = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(innermost.filename).name} line {innermost.lineno}; LOG_LEVEL=DEBUG shows the trace"
        return _failed(error, FAILED, f"{type(error).__name__} at {place}: ")


def _failed(error: Exception, code: int, kind: str = "") -> int:
    if os.environ.get("LOG_LEVEL", "").upper() == "DEBUG":
        raise error
    line = str(error).strip().partition("\n")[0]
    print(f"marketplace: {kind}{line}", file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="marketplace", description="A backend for negotiated commerce. Settings come from the environment."
    )
    parser.add_argument("--version", action="version", version=version("marketplace"))
    every = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def add(name: str, command: Callable[[argparse.Namespace], int], text: str = "") -> argparse.ArgumentParser:
        # A command without `help`, not even an empty one, is not listed.
        made = every.add_parser(name, help=text, description=text) if text else every.add_parser(name)
        made.set_defaults(command=command)
        return made

    add("serve", commands.serve, "start everything: engines, migrations, HTTP processes, worker")
    add("migrate", commands.migrate, "bring the database to the newest revision")
    seed = add("seed", commands.seed, "make the demo accounts that are missing, or listings (not in production)")
    seed.add_argument("--listings", type=int, default=0, metavar="N", help="make so many listings instead of accounts")
    seed.add_argument(
        "--sellers", type=int, default=0, metavar="M", help="of so many sellers; one for each 50 listings"
    )
    seed.add_argument("--seed", type=int, default=1, metavar="NUMBER", help="the same number makes the same listings")
    admin = add(
        "create-admin", commands.create_admin, "make an administrator; the password is asked for, or read from stdin"
    )
    admin.add_argument("--email", required=True)
    admin.add_argument("--username", required=True)
    keys = add("keys", commands.keys, "show or replace the keys that sign access tokens")
    keys.add_argument("act", choices=["list", "rotate"])
    keys.add_argument("--now", action="store_true", help="rotate: the new key signs at once, not in 10 minutes")
    keys.add_argument("--leaked", action="store_true", help="rotate: at once, and refuse what older keys signed")
    add("replay-events", commands.replay_events, "apply again what payment providers told and could not be applied")
    openapi = add("openapi", commands.openapi, "print the OpenAPI document as JSON")
    openapi.add_argument("--output", metavar="FILE", help="write to this file instead")
    mail = add("mail", commands.preview_mail, "write every letter in every language as HTML, to look at")
    mail.add_argument("act", choices=["preview"])
    mail.add_argument("--output", metavar="DIR", required=True)
    text = "verify the audit trail, or print its signed head"
    audit = every.add_parser("audit", help=text, description=text)
    parts = audit.add_subparsers(title="commands", required=True, metavar="COMMAND")
    verify = parts.add_parser("verify", help="verify the whole trail against its hash chain")
    verify.add_argument("--head", metavar="NUMBER:HASH", help="a head that was noted elsewhere, as in the logs")
    verify.set_defaults(command=commands.verify_audit_trail)
    parts.add_parser("head", help="print the signed head, for a witness to keep").set_defaults(
        command=commands.audit_head
    )
    add("doctor", commands.doctor, "check settings, engines and environment, and say how to mend what is wrong")
    add("demo", commands.demo, "play the main job with two people on a server of its own")
    http = add("_http", commands.http_process)
    http.add_argument("--fd", type=int, required=True)
    http.add_argument("--index", type=int, required=True)
    add("_worker", commands.worker_process)
    add("_prepare", commands.prepare)
    return parser
