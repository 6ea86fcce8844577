# ruff: noqa: RUF001 - names in other alphabets
"""Categories in five languages; what people keep for themselves: favourites, what they saw, searches."""

import json

from alembic import op

from marketplace.adapters.sql.grants import grant

revision = "0017_personal"
down_revision = "0015_feeds"
branch_labels = None
depends_on = None

LANGUAGES = ("ru", "uz", "ar", "hi")
NAMES = {
    "trading_cards": ("Коллекционные карты", "Kolleksiya kartalari", "بطاقات التداول", "ट्रेडिंग कार्ड"),
    "sneakers": ("Кроссовки", "Krossovkalar", "أحذية رياضية", "स्नीकर्स"),
    "electronics": ("Электроника", "Elektronika", "إلكترونيات", "इलेक्ट्रॉनिक्स"),
    "fashion": ("Мода", "Moda", "أزياء", "फ़ैशन"),
    "home": ("Дом", "Uy", "المنزل", "घर"),
    "beauty": ("Красота", "Goʻzallik", "الجمال", "सौंदर्य"),
    "toys": ("Игрушки", "Oʻyinchoqlar", "ألعاب", "खिलौने"),
    "sports": ("Спорт", "Sport", "رياضة", "खेल"),
    "books": ("Книги", "Kitoblar", "كتب", "किताबें"),
    "jewelry": ("Украшения", "Zargarlik buyumlari", "مجوهرات", "आभूषण"),
    "art": ("Искусство", "Sanʼat", "فنون", "कला"),
    "vehicles": ("Транспорт", "Transport vositalari", "مركبات", "वाहन"),
    "home_services": ("Услуги для дома", "Uy xizmatlari", "خدمات منزلية", "घरेलू सेवाएँ"),
    "cleaning": ("Уборка", "Tozalash", "تنظيف", "सफ़ाई"),
    "plumbing": ("Сантехника", "Santexnika", "سباكة", "प्लंबिंग"),
    "electrical": ("Электромонтаж", "Elektr ishlari", "أعمال كهربائية", "बिजली का काम"),
    "painting": ("Малярные работы", "Boʻyoqchilik", "دهان", "रंगाई"),
    "moving": ("Переезды", "Koʻchish", "نقل الأثاث", "सामान शिफ़्टिंग"),
    "appliance_repair": ("Ремонт техники", "Maishiy texnika taʼmiri", "إصلاح الأجهزة", "उपकरण मरम्मत"),
    "gardening": ("Садоводство", "Bogʻdorchilik", "بستنة", "बाग़वानी"),
    "beauty_services": ("Красота и здоровье", "Goʻzallik va salomatlik", "الجمال والعافية", "सौंदर्य और स्वास्थ्य"),
    "hairdressing": ("Парикмахерские услуги", "Sartaroshlik", "تصفيف الشعر", "हेयरड्रेसिंग"),
    "makeup": ("Макияж", "Makiyaj", "مكياج", "मेकअप"),
    "massage": ("Массаж", "Massaj", "تدليك", "मालिश"),
    "nails": ("Маникюр", "Manikyur", "أظافر", "नाखून"),
    "teaching": ("Обучение", "Taʼlim", "تعليم", "शिक्षण"),
    "tutoring": ("Репетиторство", "Repetitorlik", "دروس خصوصية", "ट्यूशन"),
    "languages": ("Языки", "Tillar", "لغات", "भाषाएँ"),
    "music_lessons": ("Уроки музыки", "Musiqa darslari", "دروس موسيقى", "संगीत कक्षाएँ"),
    "fitness_training": ("Фитнес-тренировки", "Fitnes mashgʻulotlari", "تدريب لياقة", "फ़िटनेस प्रशिक्षण"),
    "digital_services": ("Цифровые услуги", "Raqamli xizmatlar", "خدمات رقمية", "डिजिटल सेवाएँ"),
    "web_development": ("Веб-разработка", "Veb-dasturlash", "تطوير الويب", "वेब विकास"),
    "graphic_design": ("Графический дизайн", "Grafik dizayn", "تصميم جرافيك", "ग्राफ़िक डिज़ाइन"),
    "video_editing": ("Видеомонтаж", "Video montaj", "تحرير الفيديو", "वीडियो संपादन"),
    "it_support": ("ИТ-поддержка", "IT yordami", "دعم تقني", "आईटी सहायता"),
    "business_services": ("Бизнес-услуги", "Biznes xizmatlari", "خدمات الأعمال", "व्यावसायिक सेवाएँ"),
    "accounting": ("Бухгалтерия", "Buxgalteriya", "محاسبة", "लेखांकन"),
    "translation": ("Переводы", "Tarjima", "ترجمة", "अनुवाद"),
    "legal_advice": ("Юридические консультации", "Yuridik maslahat", "استشارات قانونية", "क़ानूनी सलाह"),
    "marketing": ("Маркетинг", "Marketing", "تسويق", "मार्केटिंग"),
    "event_services": ("Мероприятия", "Tadbirlar", "فعاليات", "आयोजन"),
    "photography": ("Фотосъёмка", "Fotosuratga olish", "تصوير", "फ़ोटोग्राफ़ी"),
    "catering": ("Кейтеринг", "Ketring", "تموين", "कैटरिंग"),
    "event_planning": ("Организация мероприятий", "Tadbirlarni tashkil etish", "تنظيم الفعاليات", "कार्यक्रम योजना"),
    "transport_services": ("Перевозки", "Tashish xizmatlari", "نقل", "परिवहन"),
    "delivery": ("Доставка", "Yetkazib berish", "توصيل", "डिलीवरी"),
    "driving": ("Услуги водителя", "Haydovchi xizmati", "قيادة", "ड्राइविंग"),
    "care_services": ("Уход", "Parvarish", "رعاية", "देखभाल"),
    "childcare": ("Уход за детьми", "Bola parvarishi", "رعاية الأطفال", "बाल देखभाल"),
    "elder_care": ("Уход за пожилыми", "Keksalar parvarishi", "رعاية المسنين", "बुज़ुर्गों की देखभाल"),
    "pet_care": ("Уход за животными", "Uy hayvonlari parvarishi", "رعاية الحيوانات", "पालतू देखभाल"),
}

UP = (
    "ALTER TABLE catalog.categories ADD COLUMN names jsonb",
    "UPDATE catalog.categories SET names = jsonb_build_object('en', name)",
    "UPDATE catalog.categories SET names = jsonb_build_object('en', 'IT support') WHERE slug = 'it_support'",
    """
ALTER TABLE catalog.categories
    DROP COLUMN name,
    ALTER COLUMN names SET NOT NULL,
    ADD CONSTRAINT ck_categories_named_in_english CHECK (names ->> 'en' IS NOT NULL)""",
    "CREATE INDEX ix_listings_category ON catalog.listings (category)",
    "CREATE INDEX ix_storefront_counts ON catalog.storefront (category, kind) WHERE audience = 'everyone'",
    "CREATE INDEX ix_listing_signals_live ON catalog.listing_signals (listing_id) WHERE is_live",
    """
CREATE TABLE catalog.favorites (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    listing_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    taken_back boolean NOT NULL DEFAULT false,
    CONSTRAINT pk_favorites PRIMARY KEY (user_id, listing_id),
    CONSTRAINT fk_favorites_listing_id FOREIGN KEY (listing_id) REFERENCES catalog.listings (id)
)""",
    "CREATE INDEX ix_favorites_kept ON catalog.favorites (user_id, id) WHERE NOT taken_back",
    """
CREATE TABLE catalog.listing_views (
    user_id uuid NOT NULL,
    listing_id uuid NOT NULL,
    seen_at timestamptz,
    counted_on date NOT NULL,
    CONSTRAINT pk_listing_views PRIMARY KEY (user_id, listing_id)
)""",
    "CREATE INDEX ix_listing_views_seen_at ON catalog.listing_views (user_id, seen_at)",
    # What is a word is said here alone. Punctuation ends a word whatever the locale makes of letters.
    r"""
CREATE FUNCTION catalog.query_words(words text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN ARRAY(
        SELECT DISTINCT word
        FROM unnest(string_to_array(
            regexp_replace(identity.folded(words), '[[\:punct\:][\:space\:]]+', ' ', 'g'), ' '
        )) word
        WHERE word <> '' ORDER BY word
    )""",
    # A listing is looked up by its words, by its category, by its kind and by '#': a search waits under one of them.
    """
CREATE FUNCTION catalog.search_anchor(words text[], category text, kind text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce(
        (SELECT word FROM unnest(words) word ORDER BY length(word) DESC, word LIMIT 1),
        '#category/' || category, '#kind/' || kind, '#'
    )""",
    """
CREATE TABLE catalog.saved_searches (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    name text NOT NULL,
    q text NOT NULL,
    category text,
    kind text CONSTRAINT ck_saved_searches_kind_known CHECK (kind IN ('product', 'service', 'lot')),
    condition text,
    min_minor bigint,
    max_minor bigint,
    currency varchar(3),
    latitude double precision,
    longitude double precision,
    radius_km double precision,
    notify boolean NOT NULL,
    created_at timestamptz NOT NULL,
    words text[] GENERATED ALWAYS AS (catalog.query_words(q)) STORED NOT NULL,
    anchor text GENERATED ALWAYS AS (catalog.search_anchor(catalog.query_words(q), category, kind)) STORED NOT NULL,
    CONSTRAINT pk_saved_searches PRIMARY KEY (id),
    CONSTRAINT fk_saved_searches_category FOREIGN KEY (category) REFERENCES catalog.categories (slug)
        ON DELETE CASCADE,
    CONSTRAINT ck_saved_searches_prices_in_a_currency
        CHECK (currency IS NOT NULL OR (min_minor IS NULL AND max_minor IS NULL)),
    CONSTRAINT ck_saved_searches_place_whole CHECK (num_nulls(latitude, longitude, radius_km) IN (0, 3))
)""",
    "CREATE INDEX ix_saved_searches_user_id ON catalog.saved_searches (user_id, id)",
    "CREATE INDEX ix_saved_searches_anchor ON catalog.saved_searches (anchor) WHERE notify",
    "CREATE INDEX ix_saved_searches_category ON catalog.saved_searches (category)",
    """
CREATE TABLE catalog.search_matches (
    user_id uuid NOT NULL,
    listing_id uuid NOT NULL,
    search_id uuid NOT NULL,
    matched_at timestamptz NOT NULL,
    CONSTRAINT pk_search_matches PRIMARY KEY (user_id, listing_id)
)""",
    "CREATE INDEX ix_search_matches_matched_at ON catalog.search_matches (matched_at)",
)
DOWN = (
    "DROP TABLE catalog.search_matches",
    "DROP TABLE catalog.saved_searches",
    "DROP FUNCTION catalog.search_anchor",
    "DROP FUNCTION catalog.query_words",
    "DROP TABLE catalog.listing_views",
    "DROP TABLE catalog.favorites",
    "DROP INDEX catalog.ix_listing_signals_live",
    "DROP INDEX catalog.ix_storefront_counts",
    "DROP INDEX catalog.ix_listings_category",
    "ALTER TABLE catalog.categories ADD COLUMN name text",
    "UPDATE catalog.categories SET name = names ->> 'en'",
    "ALTER TABLE catalog.categories ALTER COLUMN name SET NOT NULL, DROP COLUMN names",
)


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)
    for slug, names in NAMES.items():
        translated = json.dumps(dict(zip(LANGUAGES, names, strict=True)), ensure_ascii=False)
        op.execute(f"UPDATE catalog.categories SET names = names || '{translated}' WHERE slug = '{slug}'")
    grant("catalog.favorites")
    grant("catalog.listing_views")
    grant("catalog.saved_searches")
    grant("catalog.search_matches", "SELECT, INSERT, DELETE")


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
