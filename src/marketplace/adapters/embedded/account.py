"""Whom the engines run as. PostgreSQL refuses root, so root runs both engines as a system user of our own."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from marketplace.adapters.embedded.errors import EngineError

USER = "marketplace"
ENVIRONMENT: Mapping[str, str] = {"PATH": os.defpath, "LC_ALL": "C"}
"""The engines see no PG* variable of ours, and answer in English."""


@dataclass(frozen=True, slots=True)
class Account:
    """`switch` says that we are root and the engines are not."""

    uid: int
    gid: int
    switch: bool

    def popen(
        self, command: Sequence[str | Path], output: int = subprocess.PIPE, stdin: int = subprocess.DEVNULL
    ) -> subprocess.Popen[bytes]:
        """Start a program as this account, away from our terminal's signals."""
        return subprocess.Popen(  # noqa: S603 - only the engines' own programs
            command,
            stdin=stdin,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=ENVIRONMENT,
            umask=0o077,
            start_new_session=True,
            user=self.uid if self.switch else None,
            group=self.gid if self.switch else None,
            extra_groups=[] if self.switch else None,
        )

    def run(self, command: Sequence[str | Path], *, text: str = "") -> tuple[int, bytes]:
        """Exit status and output, both streams in one."""
        with self.popen(command, stdin=subprocess.PIPE) as process:
            output, _ = process.communicate(text.encode())
        return process.returncode, output

    def may(self, right: str, path: Path) -> bool:
        """Ask the system whether this account may read (`-r`) or pass (`-x`) here; root's own answer says nothing."""
        return self.run(["/bin/sh", "-c", f'[ {right} "$0" ]', path])[0] == 0

    def own(self, path: Path) -> None:
        """Hand over what we have just made."""
        if self.switch:
            os.chown(path, self.uid, self.gid)


def engine_account() -> Account:
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), switch=False)
    try:
        entry = pwd.getpwnam(USER)
    except KeyError:
        entry = _create_user()
    if entry.pw_uid == 0:
        raise EngineError(f"PostgreSQL does not run as root, and the user {USER!r} is root: run as an ordinary user")
    return Account(entry.pw_uid, entry.pw_gid, switch=True)


def _create_user() -> pwd.struct_passwd:
    if useradd := shutil.which("useradd"):
        options = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        command = [useradd, *options, "--shell", "/usr/sbin/nologin", USER]
    elif adduser := shutil.which("adduser"):
        command = [adduser, "-S", "-D", "-H", USER]
    else:
        command = []
    reason = "there is neither useradd nor adduser"
    if command:
        made = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - fixed arguments
        reason = made.stderr.strip()
    try:
        return pwd.getpwnam(USER)
    except KeyError:
        raise EngineError(
            f"PostgreSQL does not run as root, and the system user {USER!r} cannot be made ({reason}): "
            "run as an ordinary user, or make that user"
        ) from None
