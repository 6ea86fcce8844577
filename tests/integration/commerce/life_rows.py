"""Rows of a long life, for the plans: a seller who sold much, an edited listing, full queues of the moderators."""

MUCH_SOLD_BY = 1_000
"""Seller of 20,000 sold listings and 3 drafts; `an_id` of it."""
FILL_LIFE = (
    """
INSERT INTO catalog.listings
    (id, seller_id, title, description, price_minor, fee_minor, currency, category, condition, channel, kind,
     audience, image_urls, tags, created_at)
SELECT an_id(200000 + n), an_id(1000), 'Camera', '', 85000, 4250, 'AED', 'books', 'good', 'community', 'product',
    'everyone', '{}', '{}', now()
FROM generate_series(1, 20003) n""",
    """
INSERT INTO catalog.listing_states (listing_id, status)
SELECT an_id(200000 + n), CASE WHEN n % 8000 = 1 THEN 'draft' ELSE 'sold' END FROM generate_series(1, 20003) n""",
    """
INSERT INTO catalog.listing_revisions (listing_id, at, author, former, status, fields)
SELECT an_id(700 + n % 1000), now(), 'seller', 'active', 'active', '{}' FROM generate_series(1, 100000) n""",
    """
INSERT INTO catalog.moderation_items (id, kind, listing_id, opened_at, reports)
SELECT an_id(n), 'review', an_id(n), now(), 0 FROM generate_series(1, 20000) n
UNION ALL SELECT an_id(100000 + n), 'reports', an_id(n), now(), 3 FROM generate_series(1, 20000) n""",
    """
INSERT INTO catalog.listing_reports (listing_id, reporter_id, item_id, reason, reported_at)
SELECT an_id(1 + n % 20000), an_id(n), an_id(100001 + n % 20000), 'spam', now() FROM generate_series(1, 60000) n""",
    "INSERT INTO identity.users (id, email, email_key, username, username_skeleton, full_name, password_hash,"
    " password_changed_at, role, email_verified, created_at, version) VALUES (an_id(1000), 'much@marketplace.example',"
    " 'much@marketplace.example', 'much', 'much', 'S', '', now(), 'seller', true, now(), 0)",
    *(
        f"VACUUM ANALYZE catalog.{table}"
        for table in ("own_listings", "listing_revisions", "moderation_items", "listing_reports")
    ),
)
