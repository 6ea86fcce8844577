from collections.abc import Sequence

import webauthn
from webauthn.helpers import (
    base64url_to_bytes,
    options_to_json_dict,
    parse_authentication_credential_json,
    parse_client_data_json,
)
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from marketplace.application.identity.factor_ports import (
    Authenticators,
    CredentialJson,
    KnownCredential,
    OptionsJson,
    Use,
)
from marketplace.application.identity.views import UserView
from marketplace.domain.identity.passkey import Credential, InvalidPasskey, PasskeyNotAccepted

TRANSPORTS = {transport.value for transport in AuthenticatorTransport}


class WebAuthn(Authenticators):
    """Web Authentication level 3 for the relying party `rp_id`, a domain, whose pages have these `origins`.

    No attestation is asked for: which make of authenticator it is does not matter here. What the library cannot read
    is as wrong as what does not verify, and its errors are of many types: hence the broad `except`.
    """

    def __init__(self, rp_id: str, origins: Sequence[str], *, rp_name: str) -> None:
        self._rp_id = rp_id
        self._origins = list(origins)
        self._rp_name = rp_name

    def creation_options(
        self, user: UserView, challenge: bytes, known: Sequence[KnownCredential], lifetime: int
    ) -> OptionsJson:
        options = webauthn.generate_registration_options(
            rp_id=self._rp_id, rp_name=self._rp_name, challenge=challenge, timeout=lifetime * 1000,
            user_id=user.id.bytes, user_name=user.username, user_display_name=user.full_name,
            exclude_credentials=_descriptors(known),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
        )  # fmt: skip
        return options_to_json_dict(options)

    def request_options(
        self, challenge: bytes, allowed: Sequence[KnownCredential], lifetime: int, *, verify_user: bool
    ) -> OptionsJson:
        wanted = UserVerificationRequirement.REQUIRED if verify_user else UserVerificationRequirement.PREFERRED
        options = webauthn.generate_authentication_options(
            rp_id=self._rp_id, challenge=challenge, timeout=lifetime * 1000, allow_credentials=_descriptors(allowed),
            user_verification=wanted,
        )  # fmt: skip
        return options_to_json_dict(options)

    def challenge_of(self, credential: CredentialJson) -> bytes | None:
        """None also for a page that another one has embedded."""
        try:
            client = parse_client_data_json(base64url_to_bytes(credential["response"]["clientDataJSON"]))
        except Exception:
            return None
        return None if client.cross_origin else client.challenge

    def created(self, credential: CredentialJson, challenge: bytes) -> Credential:
        try:
            found = webauthn.verify_registration_response(
                credential=dict(credential), expected_challenge=challenge, expected_rp_id=self._rp_id,
                expected_origin=self._origins, require_user_verification=True,
            )  # fmt: skip
            transports = credential["response"].get("transports") or ()
        except Exception:
            raise PasskeyNotAccepted from None
        return Credential(
            credential_id=found.credential_id, public_key=found.credential_public_key, sign_count=found.sign_count,
            transports=tuple(sorted(TRANSPORTS.intersection(transports))),
            backup_eligible=found.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
            backed_up=found.credential_backed_up,
        )  # fmt: skip

    def named(self, credential: CredentialJson) -> tuple[bytes, bytes | None]:
        try:
            read = parse_authentication_credential_json(dict(credential))
        except Exception:
            raise InvalidPasskey from None
        return read.raw_id, read.response.user_handle

    def used(self, credential: CredentialJson, challenge: bytes, public_key: bytes, *, verify_user: bool) -> Use:
        try:
            found = webauthn.verify_authentication_response(
                credential=dict(credential), expected_challenge=challenge, expected_rp_id=self._rp_id,
                expected_origin=self._origins, credential_public_key=public_key, require_user_verification=verify_user,
                credential_current_sign_count=0,  # Passkey.use compares, and remembers what it saw
            )  # fmt: skip
        except Exception:
            raise InvalidPasskey from None
        return Use(found.new_sign_count, found.credential_backed_up)


def _descriptors(known: Sequence[KnownCredential]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(one.credential_id, transports=[AuthenticatorTransport(t) for t in one.transports])
        for one in known
    ]
