"""Find the encoding of a text file, in constant memory."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

import chardet

from advocate.lib.tabular.errors import UndecodableText, UnknownEncoding

CHUNK = 1 << 18
SAMPLE = 4096
GUESSED_ON = 200_000
COMMON_SHARE = 0.9

ENCODINGS = (
    "utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030", "big5", "shift_jis", "euc-jp", "euc-kr", "cp1252",
    "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "koi8-r", "iso8859-15", "mac-roman",
)  # fmt: skip

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Single-byte Western sets cannot be told apart from each other, so a guess counts only if it names another script.
_TRUSTED_GUESSES = {
    "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "big5": "big5", "cp949": "euc-kr", "euc-kr": "euc-kr",
    "shift_jis": "shift_jis", "cp932": "shift_jis", "euc-jp": "euc-jp", "windows-1251": "cp1251", "koi8-r": "koi8-r",
    "windows-1253": "cp1253", "windows-1255": "cp1255", "windows-1256": "cp1256",
}  # fmt: skip
_NON_ASCII_LINE = re.compile(rb"[^\r\n]*[\x80-\xff][^\r\n]*")


def detect_encoding(file: BinaryIO) -> str:
    """
    Return the codec of a text file: by its byte order mark, then by its zeros, then because it is UTF-8, else a guess.

    :raises UnknownEncoding: if no codec reads the whole file
    """
    file.seek(0)
    head = file.read(SAMPLE)
    for bom, codec in _BOMS:
        if head.startswith(bom):
            return codec
    by_zeros = _utf16_without_mark(head)
    if by_zeros:
        return by_zeros
    if _decodes(file, "utf-8"):
        return "utf-8"
    for codec in _guesses(_non_ascii_lines(file)):
        if _decodes(file, codec):
            return codec
    raise UnknownEncoding


def check_encoding(file: BinaryIO, encoding: str) -> str:
    """
    Return the codec for an encoding that somebody chose.

    :raises UnknownEncoding: if it is none of ENCODINGS
    :raises UndecodableText: if the file cannot be read with it, with the line
    """
    codec = encoding.lower().removesuffix("-sig")
    if codec not in ENCODINGS:
        raise UnknownEncoding
    line = _first_undecodable_line(file, codec)
    if line:
        raise UndecodableText(line=line, encoding=codec)
    file.seek(0)
    return "utf-8-sig" if codec == "utf-8" and file.read(3) == codecs.BOM_UTF8 else codec


def _utf16_without_mark(head: bytes) -> str:
    """Western text in UTF-16 has a zero in almost every second byte."""
    if len(head) < 2:
        return ""
    even, odd = head[::2], head[1::2]
    if odd.count(0) > 0.4 * len(odd) and even.count(0) < 0.05 * len(even):
        return "utf-16-le"
    if even.count(0) > 0.4 * len(even) and odd.count(0) < 0.05 * len(odd):
        return "utf-16-be"
    return ""


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while chunk := file.read(CHUNK):
        yield chunk


def _decodes(file: BinaryIO, codec: str) -> bool:
    return not _first_undecodable_line(file, codec)


def _first_undecodable_line(file: BinaryIO, codec: str) -> int:
    """Return the line of the first bytes that a codec refuses, 0 if it reads all of them."""
    decoder = codecs.getincrementaldecoder(codec)("strict")
    line = 1
    try:
        for chunk in _chunks(file):
            line += decoder.decode(chunk).count("\n")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return line + error.object[: error.start].count(b"\n")
    return 0


def _non_ascii_lines(file: BinaryIO) -> bytes:
    """Collect lines that tell something about the encoding; ASCII lines only mislead the guess."""
    found: list[bytes] = []
    size = 0
    for chunk in _chunks(file):
        if chunk.isascii():
            continue
        for line in _NON_ASCII_LINE.findall(chunk):
            found.append(line)
            size += len(line)
            if size >= GUESSED_ON:
                return b"\n".join(found)[:GUESSED_ON]
    return b"\n".join(found)


def _guesses(lines: bytes) -> Iterator[str]:
    guess = str(chardet.detect(lines)["encoding"] or "").lower()
    if guess in _TRUSTED_GUESSES:
        yield _TRUSTED_GUESSES[guess]
    elif _is_common_chinese(lines):
        yield "gb18030"
    yield "cp1252"
    yield "gb18030"


def _is_common_chinese(lines: bytes) -> bool:
    """Tell whether lines too short for statistics are Chinese: nearly all of their characters are everyday ones."""
    text = [char for char in lines.decode("gb18030", errors="replace") if not char.isascii()]
    common = sum(1 for char in text if char.encode("gb2312", errors="ignore"))
    return common >= COMMON_SHARE * len(text)
