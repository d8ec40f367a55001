"""Tell by its content what a file is; its name decides nothing."""

from __future__ import annotations

import re
from typing import BinaryIO

from django.utils.translation import gettext_noop as _  # a job keeps the kind in English, whoever reads of it

from advocate.lib.tabular.errors import EmptyFile, EncryptedWorkbook, OldWorkbook, TableError, UnsupportedFile

ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
HEAD = 4096
OLE_DIRECTORY = 2_000_000

_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", _("a PDF document")),
    (b"\x89PNG\r\n\x1a\n", _("a PNG image")),
    (b"\xff\xd8\xff", _("a JPEG image")),
    (b"GIF8", _("a GIF image")),
    (b"\x1f\x8b", _("a gzip archive")),
    (b"BZh", _("a bzip2 archive")),
    (b"\xfd7zXZ\x00", _("an xz archive")),
    (b"7z\xbc\xaf\x27\x1c", _("a 7-Zip archive")),
    (b"Rar!\x1a\x07", _("a RAR archive")),
    (b"\x28\xb5\x2f\xfd", _("a Zstandard archive")),
    (b"{\\rtf", _("a rich text document (RTF)")),
    (b"SQLite format 3\x00", _("an SQLite database")),
    (b"PAR1", _("a Parquet file")),
    (b"\x7fELF", _("a program")),
    (b"MZ\x90\x00", _("a program")),
)
_HTML = re.compile(
    rb"\s*(?:<!--.*?-->\s*)?<(?:!doctype\s+html|html|head|meta|body|table)[\s>]", re.IGNORECASE | re.DOTALL
)
_XML = re.compile(rb"\s*<\?xml\s")
_JSON = re.compile(rb'\s*(?:\{\s*["}]|\[\s*[\[{])')


def is_zip(file: BinaryIO) -> bool:
    """
    Tell whether a file is a ZIP archive, as newer workbooks are, or text.

    :raises EmptyFile: for a file without a byte
    :raises EncryptedWorkbook: for a workbook behind a password
    :raises OldWorkbook: for an .xls workbook
    :raises UnsupportedFile: for whatever is neither a workbook nor text, naming what it is
    """
    file.seek(0)
    head = file.read(HEAD)
    if not head:
        raise EmptyFile
    if head.startswith(OLE_MAGIC):
        raise _ole_refusal(head + file.read(OLE_DIRECTORY))
    what = _foreign(head)
    if what:
        raise UnsupportedFile(what=what)
    return head.startswith(ZIP_MAGIC)


def _foreign(head: bytes) -> str:
    for magic, what in _FOREIGN:
        if head.startswith(magic):
            return what
    text = head.removeprefix(b"\xef\xbb\xbf")
    if _HTML.match(text):
        return _("a web page (HTML), whatever its name says")
    if _XML.match(text):
        return _("an XML document")
    if _JSON.match(text):
        return _("a JSON document")
    return ""


def _ole_refusal(content: bytes) -> TableError:
    """Name what the streams of an older Office file say it is."""
    if _stream_name("EncryptedPackage") in content:
        return EncryptedWorkbook()
    if _stream_name("WordDocument") in content:
        return UnsupportedFile(what=_("a Word document"))
    if _stream_name("PowerPoint Document") in content:
        return UnsupportedFile(what=_("a PowerPoint presentation"))
    return OldWorkbook()


def _stream_name(name: str) -> bytes:
    return name.encode("utf-16-le")
