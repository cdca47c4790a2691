"""Reads XML from strangers: MusicXML as it is and in its zip (``.mxl``), without being blown up.

No entity is ever expanded, nothing is fetched, and nothing is unpacked beyond a stated size.
"""

from __future__ import annotations

import zipfile
import zlib
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from structure.base.errors import MusicFileError

LARGEST_XML = 64 * 1024 * 1024
"""Bytes of a document once it is unpacked."""

_MOST_ELEMENTS = 4_000_000
_DEEPEST = 100
_MOST_FILES = 1000
_CONTAINER = "META-INF/container.xml"
LINE = "_line"
"""Attribute that a measure is given: the line of the file on which it begins."""


def xml_of(data: bytes) -> Element:
    """Return the root of a MusicXML document, as it is or in a zip.

    Of a zip, it is that of the score that its container names, or else of its first XML file. Raises
    MusicFileError, without its path.
    """
    text = data
    if data[:2] == b"PK":
        try:
            with zipfile.ZipFile(BytesIO(data)) as archive:
                names = [info.filename for info in archive.infolist()[: _MOST_FILES + 1]]
                if len(names) > _MOST_FILES:
                    raise MusicFileError(f"the zip has more than {_MOST_FILES} files; nothing was taken")

                if _CONTAINER in names:
                    root = _Builder().parse(_member(archive, _CONTAINER))
                    named = [str(found.get("full-path", "")) for found in root.iter("rootfile")]
                    names = [name for name in named if name in names] or names
                scores = [
                    name
                    for name in names
                    if name.lower().endswith((".xml", ".musicxml")) and not name.startswith("META-INF")
                ]
                if not scores:
                    raise MusicFileError("the zip holds no MusicXML; nothing was taken")
                text = _member(archive, scores[0])
        except (
            zipfile.BadZipFile,
            zlib.error,
            NotImplementedError,
            RuntimeError,
            EOFError,
            OSError,
        ) as exc:
            raise MusicFileError(f"the zip is damaged: {str(exc).lower()}; nothing was taken") from exc

    if len(text) > LARGEST_XML:
        raise MusicFileError(f"the XML is larger than {LARGEST_XML >> 20} MiB; nothing was taken")
    return _Builder().parse(text)


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return a file of a zip; what its header says of its size is not believed."""
    with archive.open(name) as stream:
        data = stream.read(LARGEST_XML + 1)
    if len(data) > LARGEST_XML:
        raise MusicFileError(f"the zip unpacks to more than {LARGEST_XML >> 20} MiB; nothing was taken")
    return data


class _Builder:
    """Builds a tree from what expat finds, without prefixes of namespaces."""

    def __init__(self) -> None:
        self._tree = TreeBuilder()
        self._depth = self._count = 0
        self._parser = parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._tree.data
        parser.EntityDeclHandler = self._refuse_entity

    def parse(self, text: bytes) -> Element:
        """Return the root element. Raises MusicFileError that names the line."""
        try:
            self._parser.Parse(text, True)
            return self._tree.close()
        except expat.ExpatError as exc:
            what = expat.ErrorString(exc.code)
            raise MusicFileError(
                f"line {exc.lineno}: this is not XML: {what}; nothing was taken", line=exc.lineno
            ) from exc
        except (LookupError, ValueError) as exc:  # an encoding that nobody knows
            raise MusicFileError(f"this is not XML: {exc}; nothing was taken") from exc

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._count += 1
        if self._depth > _DEEPEST or self._count > _MOST_ELEMENTS:
            what = f"{_DEEPEST} elements deep" if self._depth > _DEEPEST else f"{_MOST_ELEMENTS} elements"
            raise MusicFileError(f"the XML has more than {what}; nothing was taken")
        plain = name.rpartition(":")[2]
        if plain == "measure":
            attributes = attributes | {LINE: str(self._parser.CurrentLineNumber)}
        self._tree.start(plain, attributes)

    def _end(self, name: str) -> None:
        self._depth -= 1
        self._tree.end(name.rpartition(":")[2])

    def _refuse_entity(self, name: str, *_: Any) -> None:
        line = self._parser.CurrentLineNumber
        raise MusicFileError(
            f"line {line}: it defines the entity {name[:40]!r}, which no music needs; nothing was taken",
            line=line,
        )
