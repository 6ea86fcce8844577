"""What looks at documents before they are stored, and its fakes, keep one contract each."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from marketplace.adapters.documents.pdf import ACTIVE, PdfInspector, refusal_of
from marketplace.adapters.scanning.clamd import ClamdScan, NoScan
from marketplace.application.shared.scanning import (
    DocumentInspector,
    InfectedFile,
    ScannerUnavailable,
    UnusableDocument,
    VirusScan,
)
from marketplace.domain.catalog.documents import LARGEST_DOCUMENT
from tests.builders.documents import HEAD, a_pdf, a_stream, packed
from tests.builders.hostile_documents import ODD, SCRIPT, shapes_of
from tests.fakes.clamd import EICAR, Clamd, running_clamd
from tests.fakes.media import MemoryInspector, MemoryScan


class InspectorContract:
    async def test_a_plain_pdf_is_fine(self, inspector: DocumentInspector) -> None:
        await inspector.require_harmless(a_pdf())

    @pytest.mark.parametrize("content", [b"", b"<svg/>", a_pdf()[:-20], a_pdf(SCRIPT)])
    async def test_anything_else_is_refused(self, inspector: DocumentInspector, content: bytes) -> None:
        with pytest.raises(UnusableDocument) as refused:
            await inspector.require_harmless(content)
        assert refused.value.field == "file"


class TestMemoryInspector(InspectorContract):
    @pytest.fixture
    def inspector(self) -> DocumentInspector:
        return MemoryInspector()


class TestPdfInspector(InspectorContract):
    @pytest.fixture
    def inspector(self) -> DocumentInspector:
        return PdfInspector()


@pytest.mark.parametrize(
    "content",
    [
        a_pdf(a_stream(b"BT (Hello) Tj ET")), a_pdf(packed(b"<< /Title (Report) >>", b"[1 2 3]")),
        a_pdf(packed(b"<< /A 1 >>", flate=False)), a_pdf(b"<< /OpenAction [3 0 R /Fit] /First 7 0 R >>"),
        a_pdf(b"<< /S /URI /URI (https://lab.example/) >>"), a_pdf(tail=b"%%EOF\r\n\0\0\n"),
        a_pdf(a_stream(b"x", b"/DecodeParms << /Predictor 12 /Columns 4 >> /Type /XRef")),
        a_pdf(b"(the word stream, and obj, and endstream)"), a_pdf(a_stream(b"x" * 40_000_000)),
        a_pdf(b"(said of a #tag) /Some#20Name"), a_pdf() + a_pdf()[len(HEAD) :],
    ],
)  # fmt: skip
def test_what_does_nothing_is_fine(content: bytes) -> None:
    assert refusal_of(content) is None


@pytest.mark.parametrize("name", ACTIVE)
def test_what_acts_is_found_wherever_it_stands(name: bytes) -> None:
    for shape in shapes_of(name).values():
        assert (refusal_of(a_pdf(shape)) or "").startswith("contains ")


@pytest.mark.parametrize("name", ODD)
def test_packed_objects_that_readers_may_read_otherwise_are_refused(name: str) -> None:
    refusal = refusal_of(a_pdf(ODD[name]))
    assert refusal
    assert refusal.endswith("save it again as a plain PDF")


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-9.9\n%%EOF", b" " + a_pdf(), b"<html>" + a_pdf(), a_pdf() + b"PK\x03\x04 and more", a_pdf()[:-6],
        a_pdf(b"(" + b"x" * LARGEST_DOCUMENT + b")"), HEAD, b"%%EOF",
    ],
)  # fmt: skip
def test_what_is_no_whole_pdf_is_refused(content: bytes) -> None:
    assert refusal_of(content)


def test_hostile_repetition_costs_little() -> None:
    for piece in (b"stream ", b"obj ", b"1 0 obj<<", b"obj stream ", b"endstream ", b"#41", b"/#", b"((((", b"% "):
        refusal_of(HEAD + piece * (LARGEST_DOCUMENT // len(piece) - 10) + b"\n%%EOF")


class ScanContract:
    async def test_what_is_clean_passes(self, scan: VirusScan) -> None:
        for content in (b"", b"clean", bytes(5 * 1024 * 1024)):
            await scan.scan(content)

    async def test_a_virus_is_found(self, scan: VirusScan) -> None:
        with pytest.raises(InfectedFile) as refused:
            await scan.scan(bytes(100_000) + EICAR)
        assert refused.value.field == "file"


class TestMemoryScan(ScanContract):
    @pytest.fixture
    def scan(self) -> VirusScan:
        return MemoryScan()

    async def test_an_unreachable_one_says_so(self) -> None:
        scan = MemoryScan()
        scan.unreachable = True
        with pytest.raises(ScannerUnavailable):
            await scan.scan(b"")


class TestClamd(ScanContract):
    @pytest.fixture(params=["tcp", "unix"])
    async def clamd(self, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Clamd]:
        async with running_clamd(tmp_path / "clamd.sock" if request.param == "unix" else None) as clamd:
            yield clamd

    @pytest.fixture
    def scan(self, clamd: Clamd) -> VirusScan:
        return ClamdScan(clamd.url)

    async def test_one_that_cannot_look_lets_nothing_through(self, scan: VirusScan, clamd: Clamd) -> None:
        with pytest.raises(ScannerUnavailable):
            await scan.scan(bytes(9 * 1024 * 1024))
        clamd.silent = True
        with pytest.raises(ScannerUnavailable):
            await scan.scan(b"")
        await clamd.stop()
        with pytest.raises(ScannerUnavailable):
            await scan.scan(b"")


async def test_without_a_scanner_nothing_is_scanned() -> None:
    await NoScan().scan(EICAR)
