"""The texts that a workbook's sheets share, kept as one block of bytes so that millions of them fit."""

from __future__ import annotations

import codecs
import io
import re
from array import array
from collections.abc import Iterable, Iterator

from advocate.lib.tabular.celltext import unescape_characters, unescape_entities
from advocate.lib.tabular.errors import CellTooLong, DamagedWorkbook
from advocate.lib.tabular.limits import TableLimits
from advocate.lib.tabular.markup import MarkupReader

MOST_TEXTS = 20_000_000
_ITEM = re.compile(r'\s*(?:<si>\s*<t(?: xml:space="preserve")?>([^<]*)</t>\s*</si>|(\S[^<]*))')
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class UnusualMarkupError(Exception):
    """The quick reader met markup that only the thorough reader understands."""


class SharedTexts:
    """Texts by their index."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._ends = array("Q", [0])

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, index: int) -> str:
        return self._bytes[self._ends[index] : self._ends[index + 1]].decode()

    def append(self, text: str) -> None:
        """Add the next text."""
        self._bytes += text.encode("utf-8", "replace")
        self._ends.append(len(self._bytes))
        if len(self._ends) > MOST_TEXTS:
            raise DamagedWorkbook


def read_shared_texts(chunks: Iterable[bytes], again: Iterable[bytes], limits: TableLimits) -> SharedTexts:
    """
    Read the shared strings part, quickly where it is plain and thoroughly where it has rich text.

    ``again`` yields the same bytes a second time.
    """
    try:
        return _read_plain(chunks, limits.cell_length)
    except (UnusualMarkupError, UnicodeDecodeError, ValueError):
        return _read_any(again, limits.cell_length)


def decoded(chunks: Iterable[bytes]) -> Iterator[str]:
    """Decode UTF-8 markup piece by piece, line ends as XML has them; unusual if a character is not allowed in XML."""
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder("utf-8-sig")("strict"), translate=True)
    for chunk in chunks:
        text = decoder.decode(chunk)
        if _ILLEGAL.search(text):
            raise UnusualMarkupError
        yield text
    yield decoder.decode(b"", final=True)


def _read_plain(chunks: Iterable[bytes], longest: int) -> SharedTexts:
    texts = SharedTexts()
    frame = MarkupReader(start=lambda _name, _attributes: None)
    buffer, inside = "", False
    for piece in decoded(chunks):
        buffer += piece
        if not inside:
            inside, buffer = _skip_prologue(frame, buffer, "<si")
            continue
        cut = buffer.rfind("<si")
        if cut > 0:
            _append_items(texts, buffer[:cut], longest)
            buffer = buffer[cut:]
        elif len(buffer) > 2 * longest:
            raise CellTooLong(line=len(texts), limit=longest)
    if not inside:
        raise UnusualMarkupError
    end = buffer.rfind("</si>") + len("</si>")
    _append_items(texts, buffer[:end], longest)
    frame.feed(buffer[end:].encode())
    frame.close()
    return texts


def _skip_prologue(frame: MarkupReader, buffer: str, first: str) -> tuple[bool, str]:
    start = buffer.find(first)
    if start < 0:
        if len(buffer) > 100_000:
            raise UnusualMarkupError
        return False, buffer
    check_plain(buffer[:start])
    frame.feed(buffer[:start].encode())
    return True, buffer[start:]


def check_plain(prologue: str) -> None:
    """
    Let only UTF-8 documents without comments and namespace prefixes pass.

    :raises UnusualMarkupError: for all others
    """
    declared = re.search(r"""<\?xml[^>]*encoding=["']([^"']*)""", prologue)
    if "<!" in prologue or prologue.count("<?") > 1 or (declared and declared[1].lower() not in {"utf-8", "utf8"}):
        raise UnusualMarkupError


def _append_items(texts: SharedTexts, markup: str, longest: int) -> None:
    for text, stray in _ITEM.findall(markup):
        if stray:
            raise UnusualMarkupError
        if len(text) > longest:
            raise CellTooLong(line=len(texts), limit=longest)
        plain = unescape_entities(text) if "&" in text else text
        texts.append(unescape_characters(plain))


def _read_any(chunks: Iterable[bytes], longest: int) -> SharedTexts:
    texts = SharedTexts()
    collector = _ItemCollector(texts, longest)
    reader = MarkupReader(start=collector.start, end=collector.end, text=collector.text)
    for chunk in chunks:
        reader.feed(chunk)
    reader.close()
    return texts


class _ItemCollector:
    """Join the runs of rich text and leave out phonetic hints."""

    def __init__(self, texts: SharedTexts, longest: int) -> None:
        self._texts = texts
        self._longest = longest
        self._pieces: list[str] = []
        self._length = 0
        self._in_text = False
        self._phonetic = 0

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        if name == "si":
            self._pieces.clear()
            self._length = 0
        elif name == "rPh":
            self._phonetic += 1
        elif name == "t":
            self._in_text = not self._phonetic

    def end(self, name: str) -> None:
        if name == "t":
            self._in_text = False
        elif name == "rPh":
            self._phonetic -= 1
        elif name == "si":
            self._texts.append(unescape_characters("".join(self._pieces)))

    def text(self, data: str) -> None:
        if self._in_text:
            self._length += len(data)
            if self._length > self._longest:
                raise CellTooLong(line=len(self._texts), limit=self._longest)
            self._pieces.append(data)
