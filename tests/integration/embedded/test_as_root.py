"""Root runs the engines as a system user; these tests exist only where the suite runs as root."""

import os
import pwd
import shutil
from pathlib import Path

import psutil
import pytest

from marketplace.adapters.embedded.account import USER
from marketplace.adapters.embedded.engine import Engine
from marketplace.adapters.embedded.errors import EngineError
from marketplace.adapters.embedded.places import SYSTEM_FOLDER
from marketplace.adapters.embedded.valkey import EmbeddedValkey
from tests.integration.embedded.conftest import Make, as_nobody

pytestmark = pytest.mark.parametrize("new_engine", ["wheel", "valkey"], indirect=True)

if os.geteuid() == 0:

    def test_the_engine_is_not_roots(new_engine: Make[Engine]) -> None:
        engine = new_engine()
        engine.start()
        process = psutil.Process(engine.pid)
        user = pwd.getpwnam(USER).pw_uid
        assert process.uids() == (user, user, user)
        assert set(process.gids()) == {pwd.getpwnam(USER).pw_gid}
        assert Path(f"/proc/{engine.pid}/status").read_text().partition("Groups:")[2].splitlines()[0].strip() == ""

    def test_an_ordinary_user_needs_no_other(new_engine: Make[Engine], data_dir: Path) -> None:
        os.chown(data_dir, 65534, 65534)
        engine = new_engine(data_dir)

        def work() -> str:
            engine.start()
            assert engine.is_running()
            users = psutil.Process(engine.pid).uids()
            engine.stop()
            assert not engine.is_running()
            return str(users.real)

        assert as_nobody(work) == "65534"
        assert (data_dir / engine.kind).stat().st_uid == 65534

    def test_behind_closed_parents_the_data_has_a_folder_of_its_own(
        new_engine: Make[Engine], data_dir: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        data_dir.chmod(0o700)
        engine = new_engine(data_dir / "data")
        engine.start()
        home = engine._folder.parent
        try:
            assert home.parent == SYSTEM_FOLDER
            [said] = [record.getMessage() for record in caplog.records if record.name == "marketplace.engines"]
            assert said.endswith(f"their data is in {home}")
            assert data_dir.stat().st_mode & 0o777 == 0o700
            engine.stop()
            data_dir.chmod(0o711)
            engine.start()
            assert engine._folder.parent == home
            engine.stop()
            copied = shutil.copytree(data_dir / "data", data_dir / "copied")
            with pytest.raises(EngineError, match="to start empty"):
                new_engine(copied).start()
        finally:
            engine.stop()
        shutil.rmtree(data_dir / "data")
        data_dir.chmod(0o700)
        following = EmbeddedValkey(data_dir / "next")
        following.start()
        following.stop()
        shutil.rmtree(following._folder.parent)
        assert not home.exists()

    def test_data_that_became_unreachable_is_not_replaced_by_an_empty_folder(
        new_engine: Make[Engine], data_dir: Path
    ) -> None:
        engine = new_engine(data_dir / "data")
        engine._folder.mkdir(parents=True)
        data_dir.chmod(0o700)
        with pytest.raises(EngineError, match="open its parents"):
            engine.start()
