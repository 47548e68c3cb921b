"""Zip containers and the XML in them, read with bounds; members that are not translated stay byte for byte."""

import io
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from translator.errors import DocumentError
from translator.formats.refusal import reason

MAX_MEMBER_BYTES = 256 * 2**20
MAX_TOTAL_BYTES = 1024 * 2**20
MAX_MEMBERS = 20_000
MAX_RATIO = 200
"""Uncompressed to compressed bytes of one member; beyond it, one above `FREE_BYTES` is taken for a zip bomb."""
FREE_BYTES = 16 * 2**20
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = 0x1


@dataclass(frozen=True, slots=True)
class Archive:
    """The members of a zip file, their order and compression kept by `replaced`."""

    data: bytes
    infos: tuple[zipfile.ZipInfo, ...]

    @classmethod
    def open(cls, data: bytes, what: str) -> "Archive":
        """Check a container before anything of it is unpacked.

        Raises:
            DocumentError: not a zip file, damaged, encrypted, or larger than the limits when unpacked.
        """
        if data.startswith(_OLE):
            raise DocumentError(
                f"the {what} is encrypted or of the binary format of before 2007; save it anew without a password"
            )
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                infos = tuple(archive.infolist())
        except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeDecodeError, OSError) as error:
            raise DocumentError(f"not a {what}: no readable zip container ({reason(error)})") from error
        if len(infos) > MAX_MEMBERS or sum(info.file_size for info in infos) > MAX_TOTAL_BYTES:
            raise DocumentError(
                f"the {what} unpacks to more than {MAX_TOTAL_BYTES} bytes or {MAX_MEMBERS} files; refused"
            )
        for info in infos:
            if info.flag_bits & _ENCRYPTED:
                raise DocumentError(f"the {what} is encrypted ({reason(info.filename)}); remove its password first")
            bomb = info.file_size > FREE_BYTES and info.file_size > MAX_RATIO * max(1, info.compress_size)
            if bomb or info.file_size > MAX_MEMBER_BYTES:
                raise DocumentError(f"{reason(info.filename)} in the {what} unpacks to {info.file_size} bytes; refused")
        return cls(data, infos)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(info.filename for info in self.infos)

    def read(self, name: str) -> bytes:
        """A member, checked against its checksum.

        Raises:
            DocumentError: missing or damaged.
        """
        try:
            with zipfile.ZipFile(io.BytesIO(self.data)) as archive:
                return _unpack(archive, archive.getinfo(name))
        except KeyError as error:
            raise DocumentError(f"the document has no {name}; it is not what its name says") from error

    def replaced(self, members: Mapping[str, bytes]) -> bytes:
        """The container with new contents for some members."""
        if not members:
            return self.data
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(self.data)) as source, zipfile.ZipFile(out, "w") as target:
            target.comment = source.comment
            for info in self.infos:
                copy = zipfile.ZipInfo(info.filename, info.date_time)
                copy.compress_type, copy.external_attr, copy.comment = (
                    info.compress_type,
                    info.external_attr,
                    info.comment,
                )
                copy.create_system = info.create_system
                content = members.get(info.filename)
                target.writestr(copy, _unpack(source, info) if content is None else content)
        return out.getvalue()


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    try:
        with archive.open(info) as member:
            content = member.read(MAX_MEMBER_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        raise DocumentError(f"{reason(info.filename)} in the document is damaged ({reason(error)})") from error
    if len(content) > MAX_MEMBER_BYTES:
        raise DocumentError(
            f"{reason(info.filename)} in the document unpacks to more than {MAX_MEMBER_BYTES} bytes; refused"
        )
    return content


def parse_xml(data: bytes, what: str) -> etree._Element:
    """The root of an XML text; no entity is expanded, no file or address is opened.

    Raises:
        DocumentError: not well-formed, or it declares a document type of its own.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise DocumentError(f"{what} is not well-formed XML: {reason(error)}") from error
    if root.getroottree().docinfo.internalDTD is not None and b"<!ENTITY" in data:
        raise DocumentError(f"{what} declares entities; that is refused")
    return root


def write_xml(root: etree._Element) -> bytes:
    """An XML text with the declaration and the encoding that it had."""
    info = root.getroottree().docinfo
    return bytes(
        etree.tostring(
            root.getroottree(),
            xml_declaration=True,
            encoding=info.encoding or "UTF-8",
            standalone=info.standalone or None,
        )
    )
