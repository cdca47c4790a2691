"""Reads the files that a user names as text, with every reason why they cannot be ruled out in words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from structure.base.errors import Fault, SpecError
from structure.loading.known_formats import name_format


def read_text(
    file: Path, what: str, largest_kib: int, similar: Callable[[Path], str] = lambda _: ""
) -> str:
    """Read the text of a file that holds ``what`` (``song spec``).

    The file has ``largest_kib`` KiB at most; no more is read. ``similar`` finds a hint where there is no
    such file. Raises SpecError.
    """
    source = str(file)
    if file.is_dir():
        raise file_error(source, "this is a folder", "name a .yaml file in it")
    try:
        with file.open("rb") as stream:
            data = stream.read(largest_kib * 1024 + 1)
    except FileNotFoundError as exc:
        if file.is_symlink():
            raise file_error(source, f"this link leads to {file.readlink()}, which is not there") from exc
        raise file_error(source, "no such file", similar(file)) from exc
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "strerror", None) or str(exc)
        raise file_error(source, f"cannot be read: {reason.lower()}") from exc
    if len(data) > largest_kib * 1024:
        raise file_error(source, "the file is too large", f"a {what} has {largest_kib} KiB at most")
    return decode_text(data, source, what)


def file_error(source: str, message: str, hint: str = "") -> SpecError:
    """Return an error about a file as a whole."""
    return SpecError([Fault(message, hint=hint)], source)


def decode_text(data: bytes, source: str, what: str) -> str:
    """Decode the text of ``what`` (``song spec``).

    It is UTF-8, or UTF-16 with a mark at its start, as PowerShell writes it. ``source`` names it in errors.
    Raises SpecError, which names other formats that are known.
    """
    if what != "text" and (known := name_format(data, source)) is not None:
        raise file_error(source, f"this is {known[0]}, and no {what}", known[1])
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError as exc:
            raise file_error(source, "the file is damaged UTF-16", "save it as UTF-8") from exc
    if b"\0" in data:
        hint = "write plain text" if what == "text" else f"a {what} is YAML text"
        raise file_error(source, "this is a binary file", hint)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = data.count(b"\n", 0, exc.start) + 1
        fault = Fault(
            f"byte 0x{data[exc.start]:02X} is not UTF-8", line=line, hint="save the file as UTF-8"
        )
        raise SpecError([fault], source) from exc
