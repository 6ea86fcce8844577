"""Where an engine's files lie: data, sockets and programs, all reachable for the account that runs it."""

import hashlib
import importlib.metadata
import importlib.util
import logging
import os
import shutil
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from marketplace.adapters.embedded.account import Account
from marketplace.adapters.embedded.errors import EngineError

SYSTEM_FOLDER = Path("/var/lib/marketplace")
"""Root's own: data and programs when the clone's parents are closed to the engines' account."""
LONGEST_SOCKET_PATH = 103
"""Bytes. Linux allows 107, macOS 103."""
UNUSED_PARTS = shutil.ignore_patterns("__pycache__", "include", "doc", "pgxs", "*.a", "*.py")

log = logging.getLogger("marketplace.engines")


def home_of(data_dir: Path, account: Account) -> Path:
    """The folder that holds the engines' folders: `data_dir`, or one of our own that a note in `data_dir` names."""
    note = data_dir / "engines.home"
    if note.exists():
        return _noted_home(note, data_dir)
    if not account.switch or account.may("-x", data_dir):
        return data_dir
    if taken := [name for name in ("postgres", "valkey") if (data_dir / name).exists()]:
        raise EngineError(
            f"{data_dir / taken[0]} is closed to the engines' system user: open its parents, or do not run as root"
        )
    _sweep()
    home = Path(tempfile.mkdtemp(prefix="data-", dir=_system_folder()))
    home.chmod(0o711)
    (home / "owner").write_text(str(data_dir))
    note.write_text(str(home))
    log.warning("%s is closed to the system user of the engines: their data is in %s", data_dir, home)
    return home


def _noted_home(note: Path, data_dir: Path) -> Path:
    home = Path(note.read_text()).resolve()
    if not home.is_relative_to(SYSTEM_FOLDER) or not (home / "owner").is_file():
        raise EngineError(f"the data folder {home} that {note} names is gone: remove {note} to start empty")
    if (owner := (home / "owner").read_text()) != str(data_dir):
        raise EngineError(f"{home} is the data of {owner}, not of {data_dir}: remove {note} to start empty")
    return home


def _sweep() -> None:
    """Remove the data of temporary folders that are gone."""
    for owner in SYSTEM_FOLDER.glob("data-*/owner"):
        folder = Path(owner.read_text())
        if folder.is_relative_to(Path(tempfile.gettempdir()).resolve()) and not folder.exists():
            shutil.rmtree(owner.parent, ignore_errors=True)


def _system_folder() -> Path:
    with suppress(FileExistsError):
        SYSTEM_FOLDER.mkdir()
        SYSTEM_FOLDER.chmod(0o755)
    found = SYSTEM_FOLDER.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != 0 or found.st_mode & 0o022:
        raise EngineError(f"{SYSTEM_FOLDER} is not a folder that only root can write to: move it away")
    return SYSTEM_FOLDER


def private_folder(path: Path, account: Account) -> Path:
    """Make the folder, 0700 and the account's own, or see that it is so already."""
    try:
        path.mkdir(mode=0o700)
        account.own(path)
    except FileExistsError:
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid:
            raise EngineError(f"{path} belongs to another user: run as that user, or move it away") from None
        if found.st_mode & 0o077:
            raise EngineError(f"{path} is open to other users: chmod 700 {path}") from None
    return path


def socket_folder(folder: Path, name: str, account: Account) -> Path:
    """`folder` itself, or a short private one where its path is too long for a socket or holds what DSNs split at."""
    if len(os.fsencode(folder / name)) <= LONGEST_SOCKET_PATH and not set(str(folder)) & set(",\"'\\"):
        return folder
    short = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    # Not $TMPDIR: it differs between sessions, and may itself be too long.
    return private_folder(Path("/tmp") / f"marketplace-{short}", account)  # noqa: S108 - owner and mode are checked


def program(distribution: str, pattern: str, needs: list[str], account: Account) -> Path:
    """The path of a wheel's program, or of a copy of it (once per version) where the wheel is closed to the account.

    `pattern` is a glob below site-packages; `needs` are the folders there that the program needs beside it.
    """
    package = distribution.replace("-", "_")
    spec = importlib.util.find_spec(package)
    site = Path(spec.submodule_search_locations[0]).parent if spec and spec.submodule_search_locations else None
    found = next(site.glob(pattern), None) if site else None
    if site is None or found is None:
        raise EngineError(f"no {Path(pattern).name} program here: install the package {distribution}, or name a server")
    if not account.switch or account.may("-r", found):
        return found
    copy = _system_folder() / f"{distribution}-{importlib.metadata.version(distribution)}"
    if not copy.exists():
        _copy_programs(site, needs, copy)
        log.warning("%s is closed to the system user of the engines: a copy of it is in %s", site / package, copy)
    return copy / found.relative_to(site)


def _copy_programs(site: Path, needs: list[str], target: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="copy-", dir=target.parent) as folder:
        fresh = Path(folder) / "new"
        for part in (part for part in needs if (site / part).exists()):
            shutil.copytree(site / part, fresh / part, symlinks=True, ignore=UNUSED_PARTS)
        for path in (fresh, *fresh.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        try:
            fresh.rename(target)
        except OSError:
            if not target.exists():  # another process was quicker
                raise
