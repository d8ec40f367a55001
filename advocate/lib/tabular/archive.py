"""Open a workbook's ZIP archive and read its parts within limits that are counted while unpacking."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from advocate.lib.tabular.errors import (
    DamagedWorkbook,
    EncryptedWorkbook,
    SuspiciousCompression,
    TooManyParts,
    UnpackedTooLarge,
)
from advocate.lib.tabular.limits import MEGABYTE, TableLimits

CHUNK = 1 << 18
SMALL_PART = 8 * MEGABYTE
DIRECTORY_BYTES_PER_PART = 1_000
_END = b"PK\x05\x06"
_END64_LOCATOR = b"PK\x06\x07"
_ENCRYPTED_FLAG = 0x1
_READABLE = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}


class Archive:
    """The parts of a workbook. What they unpack to is counted over the archive's whole life."""

    def __init__(self, archive: zipfile.ZipFile, limits: TableLimits) -> None:
        self._archive = archive
        self._limits = limits
        self._unpacked = 0
        self._parts = {info.filename.lstrip("/").lower(): info for info in archive.infolist()}

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._parts

    def has_folder(self, folder: str) -> bool:
        """Tell whether some part lies in a folder."""
        return any(name.startswith(folder.lower()) for name in self._parts)

    def chunks(self, name: str, *, limit: int | None = None) -> Iterator[bytes]:
        """
        Unpack a part piece by piece.

        :raises DamagedWorkbook: if the part is missing, cut off or broken
        :raises EncryptedWorkbook: if it is encrypted
        :raises UnpackedTooLarge, SuspiciousCompression: if it unpacks beyond the limits
        """
        info = self._info(name)
        # What the directory says refuses an honest bomb before it costs anything; a lie is found out while unpacking.
        self._check(self._unpacked + info.file_size, info.file_size, info.compress_size, limit)
        size = 0
        with _damage_named(), self._archive.open(info) as part:
            while chunk := part.read(CHUNK):
                size += len(chunk)
                self._unpacked += len(chunk)
                self._check(self._unpacked, size, info.compress_size, limit)
                yield chunk

    def read(self, name: str) -> bytes:
        """Unpack a small part, such as a workbook's table of contents, whole."""
        return b"".join(self.chunks(name, limit=SMALL_PART))

    def _info(self, name: str) -> zipfile.ZipInfo:
        info = self._parts.get(name.lower())
        if info is None or info.compress_type not in _READABLE:
            raise DamagedWorkbook
        if info.flag_bits & _ENCRYPTED_FLAG:
            raise EncryptedWorkbook
        return info

    def _check(self, unpacked: int, size: int, packed: int, limit: int | None) -> None:
        if unpacked > self._limits.unpacked_bytes:
            raise UnpackedTooLarge(limit=self._limits.unpacked_bytes // MEGABYTE)
        if limit is not None and size > limit:
            raise UnpackedTooLarge(limit=limit // MEGABYTE)
        if size > MEGABYTE and size > self._limits.ratio * max(packed, 1):
            raise SuspiciousCompression(limit=self._limits.ratio)


@contextmanager
def open_archive(file: BinaryIO, *, limits: TableLimits) -> Iterator[Archive]:
    """
    Open a ZIP archive after its directory was found to be of bearable size.

    :raises TooManyParts: if it has more parts than the limit
    :raises DamagedWorkbook: if it cannot be read as a ZIP archive
    """
    if _directory_bytes(file) > limits.parts * DIRECTORY_BYTES_PER_PART:
        raise TooManyParts(limit=limits.parts)
    file.seek(0)
    with _damage_named():
        archive = zipfile.ZipFile(file)
    with archive:
        if len(archive.infolist()) > limits.parts:
            raise TooManyParts(limit=limits.parts)
        yield Archive(archive, limits)


@contextmanager
def _damage_named() -> Iterator[None]:
    try:
        yield
    except (
        zipfile.BadZipFile,
        zlib.error,
        struct.error,
        EOFError,
        OSError,
        NotImplementedError,
        RuntimeError,
        ValueError,
    ) as error:
        raise DamagedWorkbook from error


def _directory_bytes(file: BinaryIO) -> int:
    """Return how long the archive says its directory is; zipfile would read all of it into memory first."""
    size = file.seek(0, 2)
    file.seek(max(0, size - (1 << 16) - 98))
    tail = file.read()
    end = tail.rfind(_END)
    if end < 0 or len(tail) < end + 16:
        raise DamagedWorkbook
    length = int.from_bytes(tail[end + 12 : end + 16], "little")
    if _END64_LOCATOR in tail[:end]:
        return max(length, _directory_bytes_64(file, tail, tail.rfind(_END64_LOCATOR, 0, end)))
    return length


def _directory_bytes_64(file: BinaryIO, tail: bytes, locator: int) -> int:
    """Read the directory's length from the ZIP64 record, which zipfile expects right before its locator."""
    record = tail[max(0, locator - 56) : locator]
    return int.from_bytes(record[40:48], "little") if len(record) == 56 else 0
