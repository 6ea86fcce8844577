"""Hours and bookings of services: the database itself refuses that two have one seat at the same time."""

from alembic import op

from marketplace.adapters.sql.grants import grant

revision = "0013_services"
down_revision = "0012_listing_life"
branch_labels = None
depends_on = None

UP = (
    "CREATE EXTENSION IF NOT EXISTS btree_gist SCHEMA public",
    """
CREATE TABLE catalog.schedules (
    service_id uuid NOT NULL,
    hours jsonb NOT NULL,
    CONSTRAINT pk_schedules PRIMARY KEY (service_id),
    CONSTRAINT fk_schedules_service_id FOREIGN KEY (service_id) REFERENCES catalog.listings (id)
)""",
    """
CREATE TABLE catalog.bookings (
    id uuid NOT NULL,
    service_id uuid NOT NULL,
    seller_id uuid NOT NULL,
    booked_by uuid NOT NULL,
    period tstzrange NOT NULL CONSTRAINT ck_bookings_period_not_empty CHECK (NOT isempty(period)),
    seat integer NOT NULL CONSTRAINT ck_bookings_seat_positive CHECK (seat > 0),
    status text NOT NULL,
    expires_at timestamptz,
    created_at timestamptz NOT NULL,
    CONSTRAINT ck_bookings_held_expires CHECK (status <> 'held' OR expires_at IS NOT NULL),
    CONSTRAINT pk_bookings PRIMARY KEY (id),
    CONSTRAINT fk_bookings_service_id FOREIGN KEY (service_id) REFERENCES catalog.listings (id),
    CONSTRAINT ex_bookings_one_per_seat EXCLUDE USING gist (service_id WITH =, period WITH &&, seat WITH =)
        WHERE (status <> 'cancelled')
)""",
    "CREATE INDEX ix_bookings_seller_id ON catalog.bookings (seller_id, service_id, id)",
    "CREATE INDEX ix_bookings_booked_by ON catalog.bookings (booked_by, service_id, id)",
    "CREATE INDEX ix_bookings_held ON catalog.bookings (booked_by) WHERE status = 'held'",
    """
INSERT INTO edge.transitions (machine, source, target)
VALUES ('booking', 'held', 'confirmed'), ('booking', 'held', 'cancelled'), ('booking', 'confirmed', 'cancelled')""",
    """
CREATE TRIGGER legal_moves BEFORE UPDATE ON catalog.bookings FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION edge.refuse_illegal_move('booking')""",
    "ALTER TABLE catalog.storefront ADD COLUMN is_gig boolean NOT NULL DEFAULT false",
    """
CREATE FUNCTION catalog.mark_gig() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.is_gig := (SELECT terms -> 'packages' <> '[]' FROM catalog.listings WHERE id = NEW.listing_id);
    RETURN NEW;
END $$""",
    """
CREATE TRIGGER mark_gig BEFORE INSERT OR UPDATE ON catalog.storefront FOR EACH ROW
    WHEN (NEW.kind = 'service') EXECUTE FUNCTION catalog.mark_gig()""",
    "UPDATE catalog.storefront SET is_gig = false WHERE kind = 'service'",
    "CREATE INDEX ix_storefront_gigs ON catalog.storefront (listing_id) WHERE is_gig AND audience = 'everyone'",
    """
CREATE INDEX ix_storefront_service_prices ON catalog.storefront (category, currency, price_minor, listing_id)
    WHERE kind = 'service' AND audience = 'everyone'""",
    """
UPDATE catalog.listings SET terms = terms || '{"time_zone": "UTC"}' WHERE kind = 'service'""",
)
DOWN = (
    "DROP INDEX catalog.ix_storefront_service_prices",
    "DROP TRIGGER mark_gig ON catalog.storefront",
    "DROP FUNCTION catalog.mark_gig",
    "ALTER TABLE catalog.storefront DROP COLUMN is_gig",
    "DROP TABLE catalog.bookings",
    "DROP TABLE catalog.schedules",
    "DELETE FROM edge.transitions WHERE machine = 'booking'",
    "UPDATE catalog.listings SET terms = terms - 'time_zone' WHERE kind = 'service'",
    "DROP EXTENSION btree_gist",
)


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)
    grant("catalog.schedules", "SELECT, INSERT, UPDATE")
    grant("catalog.bookings", "SELECT, INSERT, UPDATE")


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
