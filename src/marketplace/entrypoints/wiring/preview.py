"""Every letter in every language as pages to look at."""

from html import escape
from pathlib import Path

from marketplace.adapters.mail.samples import LETTERS, LINK
from marketplace.adapters.mail.templates import JinjaTemplates
from marketplace.adapters.mail.texts import TEXTS
from marketplace.application.shared.letters import Language, Recipient
from marketplace.entrypoints.wiring.messages import BRAND

NAMES = {
    Language.ENGLISH: "Amina Karimova", Language.RUSSIAN: "Амина Каримова", Language.UZBEK: "Amina Karimova",
    Language.ARABIC: "أمينة كريم", Language.HINDI: "अमीना करीम",
}  # fmt: skip


def write_preview(folder: Path) -> int:
    """KIND.LANGUAGE.html and .txt for each, and an index.html; how many letters there are."""
    folder.mkdir(parents=True, exist_ok=True)
    templates = JinjaTemplates(BRAND, "marketplace.example")
    rows = []
    for letter in LETTERS:
        kind = str(letter.__struct_config__.tag)
        cells = []
        for language, name in NAMES.items():
            to = Recipient(email="amina@marketplace.example", name=name, language=language)
            link = LINK if TEXTS[type(letter)].action else ""
            mail = templates.mail(letter, to, link)
            page = folder / f"{kind}.{language}.html"
            page.write_text(mail.html)
            page.with_suffix(".txt").write_text(
                f"{mail.subject}\n\n{mail.text}\nSMS: {templates.sms(letter, to, link)}\n"
            )
            cells.append(f'<td lang="{language}"><a href="{page.name}"><bdi>{escape(mail.subject)}</bdi></a></td>')
        rows.append(f"<tr><th>{kind}</th>{''.join(cells)}</tr>")
    head = "".join(f"<th>{language}</th>" for language in NAMES)
    (folder / "index.html").write_text(
        f'<!DOCTYPE html>\n<meta charset="utf-8">\n<title>Letters</title>\n<table>\n<tr><th></th>{head}</tr>\n'
        + "\n".join(rows)
        + "\n</table>\n"
    )
    return len(LETTERS) * len(NAMES)
