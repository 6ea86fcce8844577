"""Lists of offers on listings, and who watches a listing."""

from alembic import op

from marketplace.adapters.sql.grants import grant

revision = "0021_offers"
down_revision = "0020_negotiation"
branch_labels = None
depends_on = None

UP = (
    """
CREATE TABLE trading.listing_offers (
    offer_id uuid NOT NULL,
    listing_id uuid NOT NULL,
    is_first boolean NOT NULL,
    buyer_id uuid NOT NULL,
    seller_id uuid NOT NULL,
    status text NOT NULL,
    CONSTRAINT pk_listing_offers PRIMARY KEY (offer_id, listing_id)
)""",
    """
INSERT INTO trading.listing_offers
SELECT o.id, one.id, one.place = 1, n.buyer_id, n.seller_id, o.status
FROM trading.offers o JOIN trading.negotiations n ON n.id = o.negotiation_id
CROSS JOIN unnest(n.listing_ids) WITH ORDINALITY one(id, place)""",
    "CREATE INDEX ix_listing_offers_buyer_id ON trading.listing_offers (buyer_id, status, offer_id) WHERE is_first",
    "CREATE INDEX ix_listing_offers_seller_id ON trading.listing_offers (seller_id, status, offer_id) WHERE is_first",
    """
CREATE INDEX ix_listing_offers_listing_id_buyer_id
    ON trading.listing_offers (listing_id, buyer_id, status, offer_id)""",
    """
CREATE INDEX ix_listing_offers_listing_id_seller_id
    ON trading.listing_offers (listing_id, seller_id, status, offer_id)""",
    """
CREATE FUNCTION trading.keep_listing_offers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO trading.listing_offers (offer_id, listing_id, is_first, buyer_id, seller_id, status)
        SELECT NEW.id, one.id, one.place = 1, n.buyer_id, n.seller_id, NEW.status
        FROM trading.negotiations n CROSS JOIN unnest(n.listing_ids) WITH ORDINALITY one(id, place)
        WHERE n.id = NEW.negotiation_id;
    ELSE
        UPDATE trading.listing_offers SET status = NEW.status WHERE offer_id = NEW.id;
    END IF;
    RETURN NULL;
END $$""",
    """
CREATE TRIGGER listing_offers_of_new AFTER INSERT ON trading.offers
    FOR EACH ROW EXECUTE FUNCTION trading.keep_listing_offers()""",
    """
CREATE TRIGGER listing_offers_of_moved AFTER UPDATE ON trading.offers
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION trading.keep_listing_offers()""",
    "CREATE INDEX ix_negotiations_subject_id_buyer_id ON trading.negotiations (subject_id, buyer_id)",
    "CREATE INDEX ix_favorites_watchers ON catalog.favorites (listing_id, id) WHERE NOT taken_back",
)
DOWN = (
    "DROP INDEX catalog.ix_favorites_watchers",
    "DROP INDEX trading.ix_negotiations_subject_id_buyer_id",
    "DROP TRIGGER listing_offers_of_moved ON trading.offers",
    "DROP TRIGGER listing_offers_of_new ON trading.offers",
    "DROP FUNCTION trading.keep_listing_offers",
    "DROP TABLE trading.listing_offers",
)


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)
    grant("trading.listing_offers", "SELECT, INSERT, UPDATE")


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
