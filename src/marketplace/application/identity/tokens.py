from dataclasses import dataclass
from datetime import datetime

from marketplace.application.identity.ports import AccessTokens, RefreshToken, RefreshTokens
from marketplace.application.identity.views import SignedInView, TokensView, UserView
from marketplace.domain.identity.session import Session
from marketplace.domain.identity.user import User


@dataclass(frozen=True, slots=True)
class TokenPairs:
    """The access and the refresh token of a session."""

    access_tokens: AccessTokens
    refresh_tokens: RefreshTokens

    def of(self, session: Session, now: datetime) -> TokensView:
        return TokensView(
            access_token=self.access_tokens.issue(session.user_id, session.id, now),
            refresh_token=self.refresh_tokens.write(RefreshToken(session.id, session.generation)),
            expires_in=self.access_tokens.lifetime,
        )

    def signed_in(self, user: User, session: Session, device_token: str, now: datetime) -> SignedInView:
        pair = self.of(session, now)
        return SignedInView(
            access_token=pair.access_token, refresh_token=pair.refresh_token, expires_in=pair.expires_in,
            device_token=device_token, user=UserView.of(user),
        )  # fmt: skip
