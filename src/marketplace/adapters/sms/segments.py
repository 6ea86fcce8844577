"""The room in a text message: GSM 03.38 for most of Europe's letters, UCS-2 as soon as one sign is another."""

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")
"""Each takes the room of two."""
ROOM_GSM, ROOM_UCS2 = 160, 70


def in_one_segment(text: str) -> bool:
    if set(text) <= BASIC | EXTENDED:
        return len(text) + sum(sign in EXTENDED for sign in text) <= ROOM_GSM
    return len(text.encode("utf-16-be")) // 2 <= ROOM_UCS2
