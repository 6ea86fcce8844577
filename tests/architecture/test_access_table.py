"""Every operation has its row in docs/security/access.tsv; tests/http/access asks the service whether it is so."""

import pytest

from tests.http.access.scene import CREDENTIALS, ROLES
from tests.http.access.table import HEADER, KINDS, NOT_YET, TABLE, decisions, faults, operations, row

READ, WRITE = "GET /api/v1/things/{thing_id}", "POST /api/v1/things"
EVERYBODY = dict.fromkeys(KINDS, "allow")
SOUND = [HEADER, row(READ, EVERYBODY), row(WRITE, {**EVERYBODY, "anonymous": "401"})]


def test_every_operation_is_decided() -> None:
    wanted = operations()
    assert len(wanted) >= 87
    assert faults(TABLE.read_text(), wanted) == []
    assert list(decisions(TABLE.read_text())) == wanted, "the rows are in the order of docs/openapi.json"


def test_what_is_not_yet_so_is_otherwise_in_the_table() -> None:
    table = decisions(TABLE.read_text())
    assert [cell for cell, kinds in NOT_YET.items() for kind in kinds if table[cell][kind] == kinds[kind]] == []


def test_a_sound_table_has_no_fault() -> None:
    assert faults("\n".join(SOUND), [READ, WRITE]) == []
    assert decisions("\n".join(SOUND))[WRITE]["anonymous"] == "401"


@pytest.mark.parametrize(("lines", "fault"), [
    (SOUND[:2], f"{WRITE}: no row"),
    ([*SOUND, row("GET /gone", EVERYBODY)], "GET /gone: no such operation"),
    ([*SOUND, SOUND[1]], f"{READ}: more than one row"),
    ([HEADER, SOUND[1].replace("allow", "200", 1), SOUND[2]], f"{READ}: '200' is none of"),
    ([HEADER, SOUND[1].removesuffix("\tallow"), SOUND[2]], f"{READ}: {len(KINDS) - 1} cells"),
    ([HEADER, SOUND[1], SOUND[2] + "\tallow"], f"{WRITE}: {len(KINDS) + 1} cells"),
    ([HEADER.replace("owner", "anybody"), *SOUND[1:]], "the first line must be"),
])  # fmt: skip
def test_each_fault_is_seen(lines: list[str], fault: str) -> None:
    (found,) = faults("\n".join(lines), [READ, WRITE])
    assert found.startswith(fault)


def test_every_kind_of_actor_can_be_made() -> None:
    assert ROLES.keys() | CREDENTIALS.keys() == set(KINDS)
    assert not ROLES.keys() & CREDENTIALS.keys()
