# ruff: noqa: RUF001
"""How far away something is, in words of every language."""

from bisect import bisect_right

FARTHEST_KM = (1, 5, 15, 50)
"""Each word but the last is for what is nearer than this."""
WORDS = {
    "en": ("Walking distance", "Nearby", "Short drive", "In your area", "Far away"),
    "ru": ("В шаговой доступности", "Рядом", "Недалеко на машине", "В вашем районе", "Далеко"),
    "uz": ("Piyoda yurish masofasida", "Yaqin atrofda", "Mashinada yaqin", "Sizning hududingizda", "Uzoqda"),
    "ar": ("على مسافة سير", "بالقرب منك", "مسافة قصيرة بالسيارة", "في منطقتك", "بعيد"),
    "hi": ("पैदल दूरी पर", "आस-पास", "गाड़ी से थोड़ी दूर", "आपके इलाके में", "दूर"),
}


def distance_label(km: float, language: str) -> str:
    return WORDS[language][bisect_right(FARTHEST_KM, km)]
