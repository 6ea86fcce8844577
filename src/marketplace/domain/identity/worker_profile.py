"""What a seller offers to do for others, as the directory of workers shows it."""

from dataclasses import dataclass
from datetime import datetime

from marketplace.domain.shared.errors import Invalid, NotFound
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.money import Money
from marketplace.domain.shared.text import clean_text

MOST_SKILLS = 20


class WorkerNotFound(NotFound):
    code = "worker_not_found"


class TooManySkills(Invalid):
    code = "too_many_skills"


@dataclass(slots=True, kw_only=True)
class WorkerProfile:
    """`skills` are in small letters, each once, in the order given; `hourly_rate` is None where it is agreed upon."""

    user_id: UserId
    headline: str
    bio: str
    skills: tuple[str, ...]
    hourly_rate: Money | None
    is_available: bool
    updated_at: datetime

    def __post_init__(self) -> None:
        self.headline = clean_text(self.headline, field="headline", longest=120, shortest=3)
        self.bio = clean_text(self.bio, field="bio", longest=2_000, shortest=0)
        if len(self.skills) > MOST_SKILLS:
            raise TooManySkills(f"at most {MOST_SKILLS} skills", field="skills")
        clean = (skill_word(skill, f"skills[{index}]") for index, skill in enumerate(self.skills))
        self.skills = tuple(dict.fromkeys(clean))


def skill_word(skill: str, field: str) -> str:
    """As skills are stored and looked for."""
    return " ".join(clean_text(skill, field=field, longest=40).lower().split())
