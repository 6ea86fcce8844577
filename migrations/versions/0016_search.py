"""Search: the words of what is for sale in one inverted index, and which words are known (docs/adr/0021)."""

from alembic import op

from marketplace.adapters.sql.grants import grant

revision = "0016_search"
down_revision = "0017_personal"
branch_labels = None
depends_on = None

TEXTS = (
    # unaccent is only STABLE, as its dictionary might be altered; ours is named and is not. Marks that one leaves out
    # or writes in many ways go: Uzbek apostrophes, Arabic vowels and hamzas, Hindi nuqtas.
    r"""
CREATE FUNCTION catalog.plain(words text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN trim(regexp_replace(regexp_replace(regexp_replace(
        translate(
            regexp_replace(
                lower(public.unaccent('public.unaccent'::regdictionary, normalize(words, NFKC))),
                U&'[''`\00b4\02b0-\02ff\2018\2019\201b\2032\064b-\065f\0670\0640\093c\200b-\200f]', '', 'g'
            ),
            U&'\0451\0623\0625\0622\0671\0649\0629\0624\0626\06cc\06a9\0901\0660\0661\0662\0663\0664\0665\0666\0667\0668\0669',
            U&'\0435\0627\0627\0627\0627\064a\0647\0648\064a\064a\0643\09020123456789'
        ),
        U&'[^a-z0-9\00df-\024f\0370-\052f\0561-\0587\05d0-\05ea\0620-\06ff\0900-\0dff\0e00-\1fff\3040-\9fff\ac00-\d7af]+',
        ' ', 'g'),
        U&'([a-z\0400-\052f])([0-9])', '\1 \2', 'g'),
        U&'([0-9])([a-z\0400-\052f]{2})', '\1 \2', 'g'))""",
    """
CREATE FUNCTION catalog.latin(plain text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN plain ~ U&'[\\0400-\\052f]' THEN
        translate(
            replace(replace(replace(replace(replace(replace(plain,
                'ш', 'sh'), 'щ', 'sh'), 'ч', 'ch'), 'ю', 'yu'), 'я', 'ya'), 'ц', 'ts'),
            'абвгдежзийклмнопрстуфхыэўқғҳъь', 'abvgdejziyklmnoprstufxieoqgh')
        ELSE plain END""",
    # Latin words as English and as Uzbek, Cyrillic ones as Russian, Arabic and Hindi; and every word as it stands, in
    # Latin letters, so that one word finds the other whichever script either is written in.
    r"""
CREATE FUNCTION catalog.lexemes(words text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    plain text := catalog.plain(words);
    latin text := catalog.latin(plain);
    found tsvector := to_tsvector('simple', latin);
BEGIN
    IF plain ~ '[a-z]' THEN
        found := found || to_tsvector('english', regexp_replace(plain, '[^a-z0-9]+', ' ', 'g'));
    END IF;
    IF latin ~ '(lar|lari|ning|dan)( |$|ni|ga|da|ning|dan)' THEN
        found := found || to_tsvector(
            'simple', regexp_replace(latin, '([a-z]{3,}?)(larining|larning|lardan|larni|larga|larda|lari|lar|ning|dan)(?= |$)', '\1', 'g')
        );
    END IF;
    IF plain ~ U&'[\0400-\052f]' THEN
        found := found || to_tsvector('russian', regexp_replace(plain, U&'[^\0400-\052f]+', ' ', 'g'));
    END IF;
    IF plain ~ U&'[\0620-\06ff]' THEN
        found := found || to_tsvector('arabic', regexp_replace(plain, U&'[^\0620-\06ff]+', ' ', 'g'));
    END IF;
    IF plain ~ U&'[\0900-\097f]' THEN
        found := found || to_tsvector('hindi', regexp_replace(plain, U&'[^\0900-\097f]+', ' ', 'g'));
    END IF;
    RETURN (SELECT coalesce(string_agg(quote_literal(lexeme) || ':' || 1, ' '), '') FROM unnest(found))::tsvector;
END $$""",
    r"""
CREATE FUNCTION catalog.says_nothing(plain text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN ts_lexize('english_stem', plain) = '{}' OR ts_lexize('russian_stem', plain) = '{}' OR plain IN (
        'va', 'uchun', 'bilan', 'ham', 'ва', 'учун', 'билан', 'ҳам', 'في', 'من', 'على', 'مع', 'عن', 'الى',
        'के', 'का', 'की', 'में', 'लिए', 'और', 'से', 'को', 'है'
    )""",
    # Two words one slip apart have a word without one of its letters in common; others, their consonants.
    r"""
CREATE FUNCTION catalog.slips(word text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN length(word) BETWEEN 4 AND 24 THEN
        ARRAY(SELECT overlay(word PLACING '' FROM n FOR 1) FROM generate_series(1, length(word)) n)
            || word || ('#' || regexp_replace(regexp_replace(word, '[aeiouy]', '', 'g'), '(.)\1+', '\1', 'g'))
        ELSE ARRAY[word] END""",
)
INDEX = (
    "CREATE SEQUENCE catalog.storefront_places",
    """
ALTER TABLE catalog.storefront
    ADD COLUMN place bigint NOT NULL DEFAULT nextval('catalog.storefront_places'),
    ADD COLUMN title_size smallint NOT NULL DEFAULT 0,
    ADD COLUMN words tsvector NOT NULL DEFAULT ''""",
    # Beside the words, what else a search may ask for: all of it is answered by the one index. #a, #b, #c, #d: blocks
    # of 2^7, 2^10, 2^13 and 2^17 places; #q: octaves of prices, #p: their eighths; #g: cells of so many times 0.005 degrees.
    r"""
CREATE FUNCTION catalog.marks(shown catalog.storefront) RETURNS text[] LANGUAGE sql STABLE
    RETURN ARRAY[
        '#s', '#a' || (shown.place >> 7), '#b' || (shown.place >> 10), '#c' || (shown.place >> 13),
        '#d' || (shown.place >> 17), '#kind ' || shown.kind, '#category ' || shown.category,
        '#currency ' || shown.currency, '#p' || shown.currency || floor(8 * ln(shown.price_minor) / ln(2))::int,
        '#q' || shown.currency || div(floor(8 * ln(shown.price_minor) / ln(2))::int, 8)
    ]
    || CASE WHEN shown.condition IS NOT NULL THEN ARRAY['#condition ' || shown.condition] ELSE '{}' END
    || ARRAY(SELECT '#category ' || parent FROM catalog.categories WHERE slug = shown.category AND parent IS NOT NULL)
    || CASE WHEN shown.latitude IS NOT NULL THEN ARRAY(
        SELECT '#g' || size || ':' || floor(shown.latitude * 200 / size)::int
            || ':' || floor(shown.longitude * 200 / size)::int
        FROM unnest(ARRAY[1, 3, 9, 27, 81, 243]) size
    ) ELSE '{}' END""",
    r"""
CREATE FUNCTION catalog.index_words() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    said record;
BEGIN
    SELECT l.title, l.description, concat_ws(' ', array_to_string(l.tags, ' '), (
        SELECT string_agg(word, ' ') FROM catalog.categories c, jsonb_each_text(c.names) name(language, word)
        WHERE c.slug IN (NEW.category, (SELECT parent FROM catalog.categories WHERE slug = NEW.category))
    )) AS tags INTO said
    FROM catalog.listings l WHERE l.id = NEW.listing_id;
    NEW.title_size := length(to_tsvector('simple', catalog.plain(said.title)));
    NEW.words := setweight(catalog.lexemes(said.title), 'A') || setweight(catalog.lexemes(said.tags), 'B')
        || setweight(catalog.lexemes(left(said.description, 2000)), 'D') || array_to_tsvector(catalog.marks(NEW));
    RETURN NEW;
END $$""",
    """
CREATE TRIGGER words_of_storefront BEFORE INSERT OR UPDATE OF category ON catalog.storefront FOR EACH ROW
    EXECUTE FUNCTION catalog.index_words()""",
    "UPDATE catalog.storefront SET category = category",
    "CREATE INDEX ix_storefront_words ON catalog.storefront USING gin (words) WITH (fastupdate = off)",
)
"""`place` numbers the rows as they came."""

NAMES = (
    """
CREATE FUNCTION catalog.plain_names(names jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (SELECT jsonb_object_agg(language, catalog.plain(name)) FROM jsonb_each_text(names) one (language, name))""",
    """
ALTER TABLE catalog.categories ADD COLUMN plain_names jsonb
    GENERATED ALWAYS AS (catalog.plain_names(names)) STORED NOT NULL""",
)

SAVED = (
    # What waits for a listing is compared with it word by word, each by its stem.
    r"""
CREATE OR REPLACE FUNCTION catalog.query_words(words text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN ARRAY(
        SELECT DISTINCT coalesce((CASE
            WHEN word ~ '[a-z]' THEN ts_lexize('english_stem', word)
            WHEN word ~ U&'[\0400-\052f]' THEN ts_lexize('russian_stem', word)
            WHEN word ~ U&'[\0620-\06ff]' THEN ts_lexize('arabic_stem', word)
            WHEN word ~ U&'[\0900-\097f]' THEN ts_lexize('hindi_stem', word)
        END)[1], word) AS stem
        FROM unnest(string_to_array(catalog.plain(words), ' ')) word
        WHERE word <> '' ORDER BY stem
    )""",
    "UPDATE catalog.saved_searches SET q = q",
)

KNOWN = (
    """
CREATE TABLE catalog.search_lexemes (
    lexeme text NOT NULL,
    pass integer NOT NULL,
    listings integer NOT NULL,
    listings_before integer NOT NULL DEFAULT 0,
    frequency integer GENERATED ALWAYS AS (greatest(listings, listings_before)) STORED NOT NULL,
    CONSTRAINT pk_search_lexemes PRIMARY KEY (lexeme)
)""",
    """
CREATE TABLE catalog.search_words (
    word text NOT NULL,
    latin text NOT NULL,
    pass integer NOT NULL,
    listings integer NOT NULL,
    listings_before integer NOT NULL DEFAULT 0,
    frequency integer GENERATED ALWAYS AS (greatest(listings, listings_before)) STORED NOT NULL,
    CONSTRAINT pk_search_words PRIMARY KEY (word)
)""",
    "CREATE INDEX ix_search_words_one ON catalog.search_words (left(word, 1), frequency DESC, word)",
    "CREATE INDEX ix_search_words_two ON catalog.search_words (left(word, 2), frequency DESC, word)",
    "CREATE INDEX ix_search_words_three ON catalog.search_words (left(word, 3), frequency DESC, word)",
    "CREATE INDEX ix_search_words_slips ON catalog.search_words USING gin (catalog.slips(latin))",
    "CREATE INDEX ix_search_words_likeness ON catalog.search_words USING gin (latin gin_trgm_ops)",
    """
CREATE TABLE catalog.search_progress (
    pass integer NOT NULL,
    place bigint NOT NULL,
    ceiling bigint NOT NULL,
    began_at timestamptz NOT NULL,
    CONSTRAINT pk_search_progress PRIMARY KEY (pass)
)""",
    "INSERT INTO catalog.search_progress VALUES (1, 0, 0, now())",
)
FUNCTION_LEARN = r"""
CREATE FUNCTION catalog.learn_words() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    now_at record;
    top bigint := (SELECT last_value FROM catalog.storefront_places);
    block bigint;
    upto bigint;
BEGIN
    SELECT * INTO now_at FROM catalog.search_progress FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF now_at.place >= now_at.ceiling THEN
        IF now_at.began_at < now() - interval '1 day' THEN
            DELETE FROM catalog.search_lexemes WHERE pass < now_at.pass;
            DELETE FROM catalog.search_words WHERE pass < now_at.pass;
            UPDATE catalog.search_progress SET pass = pass + 1, place = 0, ceiling = top, began_at = now();
        ELSE
            UPDATE catalog.search_progress SET ceiling = top WHERE ceiling < top;
        END IF;
        RETURN false;
    END IF;
    block := (now_at.place + 1) >> 10;
    upto := least(now_at.ceiling, ((block + 1) << 10) - 1);
    INSERT INTO catalog.search_lexemes AS known (lexeme, pass, listings)
    SELECT word, now_at.pass, ndoc FROM ts_stat(format(
        'SELECT words FROM catalog.storefront WHERE words @@ %L AND place BETWEEN %s AND %s AND audience = ''everyone''',
        '#b' || block, now_at.place + 1, upto
    )) WHERE word !~ '^#([a-d][0-9]|g)'
    ON CONFLICT (lexeme) DO UPDATE SET
        listings = CASE WHEN known.pass = excluded.pass THEN known.listings ELSE 0 END + excluded.listings,
        listings_before = CASE WHEN known.pass = excluded.pass THEN known.listings_before ELSE known.listings END,
        pass = excluded.pass;
    INSERT INTO catalog.search_words AS known (word, latin, pass, listings)
    SELECT word, catalog.latin(word), now_at.pass, count(*)
    FROM catalog.storefront s JOIN catalog.listings l ON l.id = s.listing_id,
        regexp_split_to_table(catalog.plain(l.title), ' ') word
    WHERE s.words @@ ('#b' || block)::tsquery AND s.place BETWEEN now_at.place + 1 AND upto AND s.audience = 'everyone'
        AND length(word) BETWEEN 2 AND 40 AND word !~ '[0-9]' GROUP BY word
    ON CONFLICT (word) DO UPDATE SET
        listings = CASE WHEN known.pass = excluded.pass THEN known.listings ELSE 0 END + excluded.listings,
        listings_before = CASE WHEN known.pass = excluded.pass THEN known.listings_before ELSE known.listings END,
        pass = excluded.pass;
    UPDATE catalog.search_progress SET place = upto;
    RETURN true;
END $$"""

DOWN = (
    r"""
CREATE OR REPLACE FUNCTION catalog.query_words(words text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN ARRAY(
        SELECT DISTINCT word
        FROM unnest(string_to_array(
            regexp_replace(identity.folded(words), '[[\:punct\:][\:space\:]]+', ' ', 'g'), ' '
        )) word
        WHERE word <> '' ORDER BY word
    )""",
    "UPDATE catalog.saved_searches SET q = q",
    "DROP FUNCTION catalog.learn_words",
    "DROP TABLE catalog.search_progress",
    "DROP TABLE catalog.search_words",
    "DROP TABLE catalog.search_lexemes",
    "DROP TRIGGER words_of_storefront ON catalog.storefront",
    "DROP FUNCTION catalog.index_words",
    "DROP FUNCTION catalog.marks",
    "ALTER TABLE catalog.storefront DROP COLUMN words, DROP COLUMN title_size, DROP COLUMN place",
    "DROP SEQUENCE catalog.storefront_places",
    "ALTER TABLE catalog.categories DROP COLUMN plain_names",
    "DROP FUNCTION catalog.plain_names",
    "DROP FUNCTION catalog.slips",
    "DROP FUNCTION catalog.says_nothing",
    "DROP FUNCTION catalog.lexemes",
    "DROP FUNCTION catalog.latin",
    "DROP FUNCTION catalog.plain",
)


def upgrade() -> None:
    for statement in (*TEXTS, *NAMES, *INDEX, *KNOWN, FUNCTION_LEARN, *SAVED):
        op.execute(statement)
    grant("SEQUENCE catalog.storefront_places", "USAGE, SELECT")
    for table in ("search_lexemes", "search_words", "search_progress"):
        grant(f"catalog.{table}")


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
