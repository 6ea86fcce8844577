"""The SQL of the list of trades. Who may answer a trade is told by index conditions, so that no page costs more than
another: each side, status and name is one run in an index, in order of the ids, and of each the next few are taken."""

from functools import cache
from typing import Literal

from marketplace.application.shared.paging import EXACT_TOTAL_LIMIT, LARGEST_PER_PAGE

Word = Literal["", "commodity", "begins"]
"""What is asked of the commodity's name: nothing, all of it, its beginning."""
Start = Literal["first", "far", "cursor"]
"""Where the page begins: within LARGEST_PER_PAGE rows, within EXACT_TOTAL_LIMIT rows, after a cursor."""

NAME = 'lower(t.commodity) COLLATE "C"'
"""By bytes: names with the same beginning stand together in the index."""
OPEN_TO_ALL = "t.invited = '{}' AND t.status IN ('published', 'negotiating')"
MOST_NAMES = 20
"""So many commodities are looked through whose names begin as was asked."""

SHOWN = """
SELECT t.*, p.username, s.held + s.sold AS taken
FROM trading.trades t
JOIN LATERAL (SELECT * FROM identity.public_profiles one WHERE one.id = t.owner_id LIMIT 1) p ON true
LEFT JOIN LATERAL (SELECT * FROM inventory.stocks one WHERE one.subject_id = t.id LIMIT 1) s ON true
"""
BY_ID = f"""{SHOWN}
WHERE t.id = $2 AND (t.owner_id = $1 OR (
    t.status NOT IN ('draft', 'pending_approval') AND (t.invited = '{{}}' OR t.invited @> ARRAY[$1::uuid])
))"""

_BEGINNINGS = f"""
names AS (
    SELECT 1 AS place, (
        SELECT {NAME} FROM trading.trades t WHERE {OPEN_TO_ALL} AND {NAME} >= lower($6) ORDER BY {NAME} LIMIT 1
    ) AS name
    UNION ALL
    SELECT place + 1, (
        SELECT {NAME} FROM trading.trades t WHERE {OPEN_TO_ALL} AND {NAME} > names.name ORDER BY {NAME} LIMIT 1
    ) FROM names WHERE starts_with(names.name, lower($6)) AND place < {MOST_NAMES}
), named AS MATERIALIZED (SELECT name FROM names WHERE starts_with(name, lower($6))),"""  # noqa: S608 - our own words
"""From one name to the next in the index."""
_OWN_NAMED = {"": "", "commodity": f"AND {NAME} = lower($6)", "begins": f"AND starts_with({NAME}, lower($6))"}
_NAMES = {"": "", "commodity": ", (SELECT lower($6) AS name) named", "begins": ", named"}


def _runs(word: Word, next_ids: str, *, mine: bool) -> str:
    """$1 the actor, $4 the sides, $5 the statuses, $6 the word. The runs have no trade in common."""
    own = f"""
    SELECT run.id FROM unnest($4::text[]) wanted_side CROSS JOIN unnest($5::text[]) wanted_status CROSS JOIN LATERAL (
        SELECT t.id FROM trading.trades t
        WHERE t.owner_id = $1 AND t.side = wanted_side AND t.status = wanted_status {_OWN_NAMED[word]} {next_ids}
    ) run"""  # noqa: S608 - our own words
    if mine:
        return own
    name = f"AND {NAME} = named.name" if word else ""
    return f"""{own}
    UNION ALL
    SELECT run.id FROM unnest($4::text[]) wanted_side CROSS JOIN unnest($5::text[]) wanted_status {_NAMES[word]}
    CROSS JOIN LATERAL (
        SELECT t.id FROM trading.trades t
        WHERE {OPEN_TO_ALL} {name} AND t.side = wanted_side AND t.status = wanted_status
            AND t.valid_until > now() AND t.owner_id <> $1 {next_ids}
    ) run
    UNION ALL (
        SELECT t.id FROM trading.trades t
        WHERE t.invited @> ARRAY[$1::uuid] AND t.invited <> '{{}}' AND t.status IN ('published', 'negotiating')
            AND t.valid_until > now() AND t.side = ANY ($4::text[]) AND t.status = ANY ($5::text[])
            {_OWN_NAMED[word]} {next_ids}
    )"""  # noqa: S608 - our own words


@cache
def page(word: Word, start: Start, *, mine: bool) -> str:
    """$2 is what to skip, or the cursor; $3 the limit. Each row has the total."""
    cursor = "AND t.id < $2" if start == "cursor" else ""
    most = EXACT_TOTAL_LIMIT if start == "far" else LARGEST_PER_PAGE
    run = _runs(word, f"{cursor} ORDER BY t.id DESC LIMIT {most + 1}", mine=mine)
    counted = _runs(word, f"LIMIT {EXACT_TOTAL_LIMIT + 1}", mine=mine)
    skip = "" if start == "cursor" else "OFFSET $2::int"
    names = _BEGINNINGS if word == "begins" and not mine else ""
    return f"""
WITH RECURSIVE {names} run AS ({run}),
    page AS MATERIALIZED (SELECT id FROM run ORDER BY id DESC {skip} LIMIT $3::int)
SELECT shown.*, (SELECT count(*) FROM (SELECT FROM ({counted}) every LIMIT {EXACT_TOTAL_LIMIT + 1}) counted) AS total
FROM page CROSS JOIN LATERAL ({SHOWN} WHERE t.id = page.id) shown ORDER BY shown.id DESC"""  # noqa: S608
