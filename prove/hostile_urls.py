"""Addresses that people may give us to reach what is not theirs (goal X2): our own machine, our network, our cloud."""

from collections.abc import Iterator

FORBIDDEN_4 = (
    "127.0.0.1", "127.0.0.2", "127.1.2.3", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.254",  # noqa: S104 - an address, not a binding
    "100.64.0.1", "100.100.100.200", "100.127.255.254", "169.254.0.1", "169.254.169.254", "169.254.170.2", "172.16.0.1",
    "172.31.255.254", "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1", "192.168.255.254",
    "198.18.0.1", "198.19.255.254", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1",
    "255.255.255.255", "168.63.129.16",
)  # fmt: skip
FORBIDDEN_6 = (
    "::", "::1", "::2", "::127.0.0.1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1",
    "::ffff:169.254.169.254", "::ffff:8.8.8.8", "::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "64:ff9b::8.8.8.8", "64:ff9b:1::1", "64:ff9b:1::a9fe:a9fe", "100::1", "2001::1",
    "2001:0:7f00:1::", "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:7f00:1::1",
    "2002:a9fe:a9fe::1", "2002:0a00:1::1", "2002:808:808::1", "3fff::1", "5f00::1", "fc00::1", "fd00::1",
    "fd00:ec2::254", "fdff:ffff::1", "fe80::1", "febf::1", "fec0::1", "ff02::1", "ff0e::1", "4000::1", "8000::1",
)  # fmt: skip
LOOPBACK = "127.0.0.1"
METADATA = "169.254.169.254"
DIGITS = ("①②⑦.⓪.⓪.①", "１２７.０.０.１", "127。0。0。1", "127．0．0．1", "ⓛocalhost", "lｏcalhost")  # noqa: RUF001 - that is the point
NAMES = (
    "localhost", "localhost.", "LOCALHOST", "localhost.localdomain", "ip6-localhost", "metadata.google.internal",
    "metadata", "instance-data", "kubernetes.default.svc", "postgres", "valkey.internal", "127.0.0.1.nip.io",
    "a9fea9fe.nip.io", "localtest.me", "spoofed.burpcollaborator.example", "www.10.0.0.1.sslip.io",
)  # fmt: skip
"""Whatever they lead to here: our resolver says loopback for each."""


def spellings(address: str) -> Iterator[str]:
    """Of one IPv4 address, as C libraries and browsers read them."""
    a, b, c, d = map(int, address.split("."))
    whole = (a << 24) + (b << 16) + (c << 8) + d
    yield from (str(whole), hex(whole), f"0{whole:o}", f"0x{whole:08X}")
    yield from (f"{a}.{(b << 16) + (c << 8) + d}", f"{a}.{b}.{(c << 8) + d}")
    yield from (f"{a:#x}.{b:#x}.{c:#x}.{d:#x}", f"0{a:o}.0{b:o}.0{c:o}.0{d:o}", f"{a:#x}.{b}.0{c:o}.{d}")
    yield from (f"{a:03}.{b:03}.{c:03}.{d:03}", f"0000{a:o}.0.0{c:o}.{d}", f"{a:#x}.{(b << 16) + (c << 8) + d:#x}")
    yield from (f"{address}.", f"{address}..", f".{address}", f"%{ord(address[0]):x}{address[1:]}")
    yield from (f"{a + 256}.{b}.{c}.{d}", str(whole + 2**32), f"{a}.{b}.{c}.{d + 256}")


def hosts() -> Iterator[str]:
    yield from FORBIDDEN_4
    yield from (f"[{address}]" for address in FORBIDDEN_6)
    for address in (LOOPBACK, METADATA, "10.0.0.1", "192.168.0.1"):
        yield from spellings(address)
    yield from (*NAMES, *DIGITS)
    yield from ("[::1%25lo]", "[::1%lo]", "[fe80::1%25eth0]", "[::ffff:7f00:1%25lo]", "[0:0:0:0:0:0:0:1]", "[::0001]")
    yield from ("[0000:0000:0000:0000:0000:ffff:7f00:0001]", "[v1.127.0.0.1]", "[127.0.0.1]", "[]", "", "-", "_", "@")
    yield from ("xn--", "xn--.example", "xn--a\N{FULLWIDTH FULL STOP}example", "xn--0")


def urls(port: int) -> list[str]:
    """`port`: where somebody listens on loopback."""
    found = [f"https://{host}:{port}/" for host in hosts()] + [f"http://{host}:{port}/" for host in FORBIDDEN_4[:8]]
    here = f"{LOOPBACK}:{port}"
    for before in ("user@", "user:password@", "shop.example@", "shop.example:443@", ":@", "@", "shop.example%2f@"):
        found += [f"https://{before}{here}/", f"https://{before}[::1]:{port}/"]
    found += [
        f"https://{here}#@shop.example/", f"https://{here}\\@shop.example/", f"https://shop.example\\@{here}/",
        f"https://shop.example/\\{here}", f"https:\\\\{here}/", f"https:/{here}/", f"https:{here}/", f"//{here}/",
        f"https:///{here}/", f"https://\t{here}/", f" https://{here}/", f"https://{here} /", f"https://{here}\r\n/",
        f"https://{here}\n.shop.example/", f"https://{here}\0.shop.example/", f"https://{here}%00.shop.example/",
        f"https://{here}?@shop.example/", f"https://{here};@shop.example/", f"https://{here},shop.example/",
        f"https://shop.example&@{here}#@x/", f"https://[::1]:{port}@shop.example/", f"https://[::1]x:{port}/",
        f"ftp://{here}/", f"gopher://{here}/_GET", f"file://{here}/etc/passwd", "file:///etc/passwd", f"dict://{here}/",
        f"ws://{here}/", f"wss://{here}/", f"ldap://{here}/", f"tftp://{here}/", f"jar:https://{here}!/", "data:,x",
        "javascript:alert(1)", f"unix:///run/http.sock:{here}", f"HTTPS://{here}/", f"hTTps://LOCALHOST:{port}/",
        f"https://{LOOPBACK}:0{port}/", f"https://{LOOPBACK}:{port + 65536}/", f"https://{LOOPBACK}:-1/",
        f"https://{LOOPBACK}:+{port}/", f"https://{LOOPBACK}:{port}:{port}/", f"https://{LOOPBACK}:/", "https://",
        "", "x", f"https://{LOOPBACK}/", "https://[::1]/", f"https://{METADATA}/latest/meta-data/",
    ]  # fmt: skip
    return found
