from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Index, PrimaryKeyConstraint, Table, Uuid

from marketplace.adapters.sql.metadata import metadata

follows = Table(
    "follows",
    metadata,
    Column("follower_id", Uuid, nullable=False),
    Column("followed_id", Uuid, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("follower_id", "followed_id"),
    CheckConstraint("follower_id <> followed_id", name="two_people"),
    Index("ix_follows_followed_id", "followed_id", "follower_id"),
    Index("ix_follows_follower_id_created_at", "follower_id", "created_at"),
    schema="social",
)

follow_counts = Table(
    "follow_counts",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("followers", BigInteger, CheckConstraint("followers >= 0", name="followers_not_negative"), nullable=False),
    Column("following", BigInteger, CheckConstraint("following >= 0", name="following_not_negative"), nullable=False),
    schema="social",
)
"""Changed by the statement that changes a follow, so a person with a million followers is counted in one read.

Its rows are locked in order of their ids and only to the end of that short transaction.
"""

blocks = Table(
    "blocks",
    metadata,
    Column("blocker_id", Uuid, nullable=False),
    Column("blocked_id", Uuid, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("blocker_id", "blocked_id"),
    CheckConstraint("blocker_id <> blocked_id", name="two_people"),
    Index("ix_blocks_blocked_id", "blocked_id", "blocker_id"),
    schema="social",
)
