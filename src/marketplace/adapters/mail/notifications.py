from collections.abc import Mapping

from marketplace.adapters.mail.notification_texts import FACTS, NOTIFICATIONS, UNIT_OF
from marketplace.adapters.mail.phrases import Phrases, isolated, one_line
from marketplace.application.notifications.centre_ports import Said, Wording
from marketplace.application.shared.letters import Language
from marketplace.domain.notifications.kinds import NotificationKind


class CatalogWording(Wording):
    def __init__(self, phrases: Phrases) -> None:
        self._phrases = phrases

    def say(self, kind: str, facts: Mapping[str, object], language: Language) -> Said:
        shown = (f"{label}: {isolated(value)}" for label, value in self.details(kind, facts, language))
        return Said(self.title(kind, facts, language), " · ".join(shown))

    def title(self, kind: str, facts: Mapping[str, object], language: Language) -> str:
        words = NOTIFICATIONS[NotificationKind(kind)]
        return self._phrases.say(language, words.by_status.get(str(facts.get("status")), words.title))

    def details(self, kind: str, facts: Mapping[str, object], language: Language) -> list[tuple[str, str]]:
        """Labels, and what they show, in one line each."""
        return [
            (self._phrases.say(language, label), one_line(_shown(name, facts)))
            for label in NOTIFICATIONS[NotificationKind(kind)].shows
            for name in [name for name in FACTS[label] if facts.get(name) is not None][:1]
        ]


def _shown(name: str, facts: Mapping[str, object]) -> str:
    unit = facts.get(UNIT_OF.get(name, ""))
    return f"{facts[name]} {unit}" if unit else str(facts[name])
