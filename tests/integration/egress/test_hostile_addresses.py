"""X2: whatever address somebody gives, nothing of ours is connected to, neither at saving nor at sending."""

import ssl
from collections.abc import AsyncIterator
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from marketplace.adapters.addresses import is_public
from marketplace.adapters.clock import SystemClock
from marketplace.adapters.egress import AddressRefused, NoAnswer, PublicHttp
from prove.addresses import Names
from prove.hostile_urls import FORBIDDEN_4, FORBIDDEN_6, urls
from prove.receiver import Receiver, running_receiver

PUBLIC = "8.8.8.8"
BODY: dict[str, Any] = {"headers": {}, "content": b"{}"}


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with running_receiver() as receiver:
        yield receiver


def guarded(receiver: Receiver, names: Names, **options: Any) -> PublicHttp:
    """Its port is no reason to refuse: the address has to be."""
    return PublicHttp(within=0.2, largest=100, resolve=names.resolve, ports=range(65_536), **options)


async def test_250_hostile_urls_reach_nothing(receiver: Receiver) -> None:
    tried = urls(receiver.port)
    assert len(set(tried)) >= 250
    http = guarded(receiver, Names())
    let_through = []
    for url in tried:
        try:
            await http.require_public(url)
        except AddressRefused:
            with pytest.raises(AddressRefused):
                await http.post(url, **BODY)
        else:
            let_through.append(url)
            with pytest.raises(NoAnswer, match="its name does not resolve"):
                await http.post(url, **BODY)
    assert receiver.connections == 0
    assert len(let_through) < 30, "names of nothing, which are looked at again at each sending"
    await http.close()


def test_every_special_address_is_refused_and_ordinary_ones_are_not() -> None:
    assert [one for one in (*FORBIDDEN_4, *FORBIDDEN_6) if is_public(one)] == []
    for ordinary in (PUBLIC, "1.1.1.1", "93.184.215.14", "2606:4700:4700::1111", "2a00:1450:4001::1", "2001:4860::1"):
        assert is_public(ordinary), ordinary
    assert not is_public("fe80::1%eth0")
    assert len({ip_address(one) for one in (*FORBIDDEN_4, *FORBIDDEN_6)}) > 60


async def test_a_name_that_changes_its_mind_reaches_nothing(receiver: Receiver) -> None:
    names = Names(rebinding=[[PUBLIC], ["127.0.0.1"]])
    http = guarded(receiver, names)
    url = f"https://rebinding.example:{receiver.port}/"
    await http.require_public(url)
    with pytest.raises(AddressRefused):
        await http.post(url, **BODY)
    assert (names.asked, receiver.connections) == (["rebinding.example"] * 2, 0)


async def test_it_is_asked_once_for_each_sending_and_that_answer_counts(receiver: Receiver) -> None:
    """Between the look and the connection nobody is asked again: the second answer would be loopback."""
    names = Names(flipping=[["203.0.113.9"], ["127.0.0.1"]], fine=[["127.0.0.1"], [PUBLIC]])
    http = guarded(receiver, names)
    with pytest.raises(AddressRefused):
        await http.post(f"https://flipping.example:{receiver.port}/", **BODY)
    assert names.asked == ["flipping.example"]
    local = guarded(receiver, names, to_loopback=True)
    answer = await local.post(f"http://fine.example:{receiver.port}/", **BODY)
    assert (answer.status, receiver.heard[0].headers["host"]) == (200, f"fine.example:{receiver.port}")
    assert names.asked.count("fine.example") == 1


@pytest.mark.parametrize("others", [[PUBLIC, "127.0.0.1"], ["127.0.0.1", PUBLIC], [PUBLIC, "::1"], [PUBLIC, "fd00::1"]])
async def test_every_address_of_a_name_has_to_be_public(receiver: Receiver, others: list[str]) -> None:
    for to_loopback in (False, True):
        http = guarded(receiver, Names(mixed=[others]), to_loopback=to_loopback)
        for call in (http.require_public(url := f"https://mixed.example:{receiver.port}/"), http.post(url, **BODY)):
            with pytest.raises(AddressRefused):
                await call
    assert receiver.connections == 0


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_answers(receiver: Receiver, status: int) -> None:
    async with running_receiver() as inner:
        receiver.answering, receiver.location = lambda _: status, inner.url("/secret")
        answer = await guarded(receiver, Names(), to_loopback=True).post(receiver.url(), **BODY)
        assert (answer.status, inner.connections) == (status, 0)


async def test_ports_other_than_the_usual_one_are_refused() -> None:
    names = Names(shop=[[PUBLIC]])
    http = PublicHttp(within=0.2, largest=100, resolve=names.resolve)
    await http.require_public("https://shop.example/hook?x=1")
    await http.require_public("https://shop.example:443/")
    for url in (
        "https://shop.example:80/",
        "https://shop.example:22/",
        "https://shop.example:6379/",
        "http://shop.example/",
    ):
        with pytest.raises(AddressRefused):
            await http.require_public(url)


async def test_loopback_is_spoken_to_only_where_it_is_set_up(receiver: Receiver) -> None:
    local = guarded(receiver, Names(), to_loopback=True)
    assert (await local.post(receiver.url(), **BODY)).status == 200
    for url in (
        "https://10.0.0.1/",
        "http://10.0.0.1/",
        f"http://[::ffff:127.0.0.1]:{receiver.port}/",
        "http://0.0.0.0/",
    ):
        with pytest.raises(AddressRefused):
            await local.post(url, **BODY)
    assert receiver.connections == 1


async def test_the_certificate_must_be_of_the_name_that_was_asked_for(tmp_path: Path) -> None:
    """Not of the address that the name led to."""
    ours, trusted = certified("fine.example", tmp_path)
    async with running_receiver(ours) as receiver:
        http = guarded(receiver, Names(fine=[["127.0.0.1"]], other=[["127.0.0.1"]]), to_loopback=True, trusted=trusted)
        assert (await http.post(f"https://fine.example:{receiver.port}/", **BODY)).status == 200
        for host in ("other.example", "127.0.0.1"):
            with pytest.raises(NoAnswer, match="ConnectError"):
                await http.post(f"https://{host}:{receiver.port}/", **BODY)
        assert len(receiver.heard) == 1


def certified(name: str, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Of a server with a certificate of this name, and of clients that trust it."""
    key, subject = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = SystemClock().now()
    certificate = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False).sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = serialization.Encoding.PEM
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(pem))
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return ours, ssl.create_default_context(cafile=folder / "certificate.pem")


async def test_a_server_that_dawdles_or_talks_without_end_is_cut_off(receiver: Receiver) -> None:
    http = guarded(receiver, Names(), to_loopback=True)
    receiver.body = b"x" * 5_000_000
    assert (await http.post(receiver.url(), **BODY)).body == b"x" * 100
    receiver.delay = lambda _: 1.0
    with pytest.raises(NoAnswer, match=r"did not answer within 0\.2 s"):
        await http.post(receiver.url(), **BODY)
