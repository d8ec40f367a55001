"""Feed XML from an upload to expat: no declarations of entities, bounded tokens, bounded number of elements."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from xml.parsers import expat  # every document type declaration is refused below

from advocate.lib.tabular.errors import DamagedWorkbook, ForbiddenMarkup, RowTooLong

LONGEST_TOKEN = 4_000_000
MOST_ELEMENTS = 40_000_000
DEEPEST = 256
_EVERY = 1 << 16

StartHandler = Callable[[str, dict[str, str]], None]
EndHandler = Callable[[str], None]
TextHandler = Callable[[str], None]


class MarkupReader:
    """
    An XML document that arrives in pieces; handlers get element names without their namespace.

    Entities cannot be declared here, so neither entity bombs nor external entities exist, whatever expat's version.
    """

    def __init__(self, *, start: StartHandler, end: EndHandler | None = None, text: TextHandler | None = None) -> None:
        parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.buffer_size = _EVERY
        parser.StartDoctypeDeclHandler = _refuse_declaration
        self._start, self._end = start, end
        self._elements = self._depth = 0
        parser.StartElementHandler = self._start_element
        parser.EndElementHandler = self._end_element
        if text is not None:
            parser.CharacterDataHandler = text
        self._parser = parser
        self._fed = 0

    def feed(self, chunk: bytes) -> None:
        """
        Read on.

        :raises DamagedWorkbook: if this is not well-formed
        :raises ForbiddenMarkup: if a document type is declared
        :raises RowTooLong: if one token is longer than any spreadsheet program writes
        """
        self._parse(chunk, final=False)
        self._fed += len(chunk)
        if self._fed - max(self._parser.CurrentByteIndex, 0) > LONGEST_TOKEN:
            raise RowTooLong(line=self._parser.CurrentLineNumber, limit=LONGEST_TOKEN)

    def close(self) -> None:
        """End the document, which must be complete by now."""
        self._parse(b"", final=True)

    def _start_element(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        self._depth += 1
        if self._depth > DEEPEST or self._elements > MOST_ELEMENTS:
            raise DamagedWorkbook
        self._start(name[name.rfind("}") + 1 :], attributes)

    def _end_element(self, name: str) -> None:
        self._depth -= 1
        if self._end is not None:
            self._end(name[name.rfind("}") + 1 :])

    def _parse(self, chunk: bytes, *, final: bool) -> None:
        try:
            self._parser.Parse(chunk, final)
        except (expat.ExpatError, LookupError, ValueError) as error:
            raise DamagedWorkbook from error


def read_markup(chunks: Iterable[bytes], *, start: StartHandler, end: EndHandler | None = None) -> None:
    """Run a whole small document through handlers."""
    reader = MarkupReader(start=start, end=end)
    for chunk in chunks:
        reader.feed(chunk)
    reader.close()


def local_attributes(attributes: dict[str, str]) -> dict[str, str]:
    """Return attributes by their names without namespaces."""
    return {name.rpartition("}")[2]: value for name, value in attributes.items()}


def _refuse_declaration(*_arguments: object) -> None:
    raise ForbiddenMarkup
