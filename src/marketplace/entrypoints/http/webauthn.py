"""The JSON forms of Web Authentication level 3, section 5.1."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, field

from marketplace.application.identity.factor_ports import CredentialJson

Base64Url = Annotated[str, Meta(max_length=65_536, pattern="^[A-Za-z0-9_-]*$", examples=["dGhlIGJ5dGVz"])]
CredentialId = Annotated[
    str, Meta(min_length=1, max_length=1_364, pattern="^[A-Za-z0-9_-]+$", examples=["Y3JlZGVudGlhbA"])
]
Attachment = Annotated[Literal["platform", "cross-platform"], Meta(examples=["platform"])]
Extensions = Annotated[dict[str, Any], Meta(description="Not used.", examples=[{}])]


class AttestationResponse(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """AuthenticatorAttestationResponseJSON; the browser's own readings of the attestation are not used."""

    client_data: Base64Url = field(name="clientDataJSON")
    attestation_object: Base64Url = field(name="attestationObject")
    transports: Annotated[list[Annotated[str, Meta(max_length=32)]], Meta(max_length=16, examples=[["internal"]])] = []
    authenticator_data: Base64Url | None = field(name="authenticatorData", default=None)
    public_key: Base64Url | None = field(name="publicKey", default=None)
    algorithm: Annotated[int, Meta(examples=[-7])] | None = field(name="publicKeyAlgorithm", default=None)


class AssertionResponse(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """AuthenticatorAssertionResponseJSON."""

    client_data: Base64Url = field(name="clientDataJSON")
    authenticator_data: Base64Url = field(name="authenticatorData")
    signature: Base64Url
    user_handle: Base64Url | None = field(name="userHandle", default=None)
    attestation_object: Base64Url | None = field(name="attestationObject", default=None)


class RegistrationCredential(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """RegistrationResponseJSON: what `credential.toJSON()` gives after `navigator.credentials.create()`."""

    id: CredentialId
    raw_id: CredentialId = field(name="rawId")
    response: AttestationResponse
    type: Annotated[Literal["public-key"], Meta(examples=["public-key"])]
    attachment: Attachment | None = field(name="authenticatorAttachment", default=None)
    extensions: Extensions = field(name="clientExtensionResults", default_factory=dict)


class AuthenticationCredential(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """AuthenticationResponseJSON: what `credential.toJSON()` gives after `navigator.credentials.get()`."""

    id: CredentialId
    raw_id: CredentialId = field(name="rawId")
    response: AssertionResponse
    type: Annotated[Literal["public-key"], Meta(examples=["public-key"])]
    attachment: Attachment | None = field(name="authenticatorAttachment", default=None)
    extensions: Extensions = field(name="clientExtensionResults", default_factory=dict)


def shown(credential: AuthenticationCredential | None) -> CredentialJson | None:
    return None if credential is None else as_json(credential)


def as_json(credential: RegistrationCredential | AuthenticationCredential) -> CredentialJson:
    json: CredentialJson = msgspec.to_builtins(credential)
    return json
