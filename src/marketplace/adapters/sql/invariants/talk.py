"""What must hold for conversations. $1 as in market.py: those with a message that is younger are looked at.

Row by row, as the limits make it: a join would read whole tables. A conversation has two members.
"""

from marketplace.adapters.sql.invariants.invariant import Invariant

_LIVELY = """(
            SELECT conversation_id FROM messaging.messages WHERE id > $1
            UNION SELECT id FROM messaging.conversations WHERE id > $1)"""

TALK = (
    Invariant(
        "conversation_is_numbered", "V6", "the messages of a conversation are numbered without a gap", f"""
        SELECT 'message ' || m.id FROM messaging.messages m
        WHERE m.id > $1 AND m.seq > 1 AND NOT EXISTS (
            SELECT FROM messaging.messages one WHERE one.conversation_id = m.conversation_id AND one.seq = m.seq - 1)
        UNION ALL
        SELECT 'conversation ' || c.id FROM {_LIVELY} lively
        CROSS JOIN LATERAL (SELECT * FROM messaging.conversations one WHERE one.id = conversation_id LIMIT 1) c
        WHERE c.last_seq <> coalesce(
            (SELECT max(seq) FROM messaging.messages m WHERE m.conversation_id = c.id), 0)""",  # noqa: S608 - our own
    ),
    Invariant(
        "unread_is_a_recount", "V6", "what is unread is what others wrote behind the place that was read", f"""
        SELECT 'member ' || k.user_id || ' of ' || k.conversation_id FROM {_LIVELY} lively
        JOIN LATERAL (SELECT * FROM messaging.members one WHERE one.conversation_id = lively.conversation_id LIMIT 2) k
            ON true
        WHERE k.unread <> (
            SELECT count(*) FROM messaging.messages m WHERE m.conversation_id = k.conversation_id
                AND m.seq > k.read_seq AND m.author_id IS DISTINCT FROM k.user_id AND m.deleted_at IS NULL)""",  # noqa: S608
    ),
    Invariant(
        "cursors_are_within", "V6", "nobody has read or got what is not there, and inboxes stand in order", f"""
        SELECT 'member ' || k.user_id || ' of ' || k.conversation_id FROM {_LIVELY} lively
        CROSS JOIN LATERAL (SELECT * FROM messaging.conversations one WHERE one.id = conversation_id LIMIT 1) c
        JOIN LATERAL (SELECT * FROM messaging.members one WHERE one.conversation_id = c.id LIMIT 2) k ON true
        WHERE k.read_seq > k.delivered_seq OR k.delivered_seq > c.last_seq OR k.last_at <> c.last_at""",  # noqa: S608
    ),
)  # fmt: skip
