"""Bytes to text: the encoding is recognised or rejected by name, never guessed in silence."""

# Typographic quotes, dashes and other scripts are what this file is about.
# ruff: noqa: RUF001
from __future__ import annotations

import codecs
import re

from kgqa.errors import DocumentError

# UTF-32's little-endian mark starts with UTF-16's, so it is tried first.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL = bytes({*range(0x00, 0x09), 0x0B, *range(0x0E, 0x1B), *range(0x1C, 0x20), 0x7F})
_CONTROL_SHARE = 0.02
_MAGIC = (b"%PDF-", b"PK\x03\x04", b"\x1f\x8b", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x7fELF")
_SAVE_AS_UTF8 = "save it as UTF-8"

# What text in a Latin script does not do, but the same bytes read in a wrong encoding do:
# a symbol or quotation mark inside a word, four accented letters in a row, or a character
# that such text hardly uses. (An accented capital after a small letter is the fourth.)
_ACCENTED_LETTERS = "À-ÖØ-öø-ÿŠšŽžŒœŸ"
_ACCENTED = re.compile(f"[{_ACCENTED_LETTERS}]")
_UNLIKELY = re.compile(
    f"(?<=[A-Za-z{_ACCENTED_LETTERS}])[¡-¶¸-¿×÷€†“”„‚‹›•™](?=[A-Za-z{_ACCENTED_LETTERS}])"
    f"|[{_ACCENTED_LETTERS}]{{4,}}"
    "|[‡ˆ‰¤¦¨¬¯¶¸¹]"
    # Byte 0xFF; names such as Ysaÿe and Croÿ have the letter after a or o.
    "|(?<![AOao])ÿ"
)
_SMALL_THEN_ACCENTED = re.compile(r"[a-zß-öø-ÿ][^\W\d_a-zA-Z]")
_UNLIKELY_SHARE = 0.02
_ACCENTED_SHARE = 0.12
_ACCENTED_ALWAYS = 5
# Two readings of a text whose coherence differs by less than this are not told apart.
_COHERENCE_MARGIN = 0.05


def decode(content: bytes, source: str, declared: str | None = None) -> str:
    r"""Text of a file. The line ends stay; `build_document` turns `\r\n` into `\n`.

    A byte order mark decides; then UTF-8; then `declared` (what an HTML page or an HTTP
    header names); then cp1252 where the text reads like a Western European language; then
    what charset-normalizer recognises without a rival reading.

    Raises:
        DocumentError: `binary` or `unknown encoding`.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _strict(content, encoding, source)
    _reject_binary(content, source)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        _reject_damaged_utf8(content, source, error)
    text = _as_declared(content, declared)
    if text is None:
        text = _as_western(content)
    if text is None:
        text = _as_detected(content)
    if text is not None:
        return text
    raise DocumentError(
        source,
        "unknown encoding",
        f"expected UTF-8 or an encoding that can be told from the text; {_SAVE_AS_UTF8}",
    )


def has_wide_mark(content: bytes) -> bool:
    """Whether a UTF-16 or UTF-32 byte order mark opens the content."""
    return any(content.startswith(mark) for mark, name in _MARKS if name != "utf-8-sig")


def _strict(content: bytes, encoding: str, source: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise DocumentError(
            source,
            "unknown encoding",
            f"its byte order mark says {encoding}, but byte {error.start} is not; {_SAVE_AS_UTF8}",
        ) from error


def _reject_binary(content: bytes, source: str) -> None:
    magic = content.startswith(_MAGIC)
    controls = len(content) - len(content.translate(None, _CONTROL))
    if magic or b"\x00" in content or controls > _CONTROL_SHARE * len(content):
        raise DocumentError(
            source,
            "binary",
            f"expected text, got {controls} control bytes in {len(content)}; export it as text "
            "(UTF-16 needs its byte order mark)",
        )


def _reject_damaged_utf8(content: bytes, source: str, error: UnicodeDecodeError) -> None:
    """More good multi-byte characters than bad bytes: UTF-8 that was cut or patched."""
    wide = [c for c in content.decode("utf-8", "surrogateescape") if c > "\x7f"]
    bad = sum("\udc80" <= c <= "\udcff" for c in wide)
    if len(wide) - bad > bad:
        raise DocumentError(
            source,
            "unknown encoding",
            f"expected UTF-8, got byte 0x{content[error.start]:02x} at offset {error.start}; "
            f"repair it or {_SAVE_AS_UTF8}",
        ) from error


def _as_declared(content: bytes, declared: str | None) -> str | None:
    if declared is None:
        return None
    # Browsers read a declared latin-1 as cp1252 (WHATWG Encoding, labels).
    name = "cp1252" if declared.lower() in {"iso-8859-1", "latin1", "us-ascii"} else declared
    try:
        return content.decode(name)
    except (LookupError, UnicodeError):
        return None


def _as_western(content: bytes) -> str | None:
    """cp1252, a superset of printable latin-1, where the text reads like a Western language."""
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError:
        return None
    accented = len(_ACCENTED.findall(_wide_words(text)))
    if accented > max(_ACCENTED_ALWAYS, _ACCENTED_SHARE * len(text)):
        return None
    return text if _reads_well(text) else None


def _wide_words(text: str) -> str:
    """The words with characters beyond ASCII: all that the patterns have to see."""
    return " ".join(word for word in text.split() if not word.isascii())


def _reads_well(text: str) -> bool:
    words = _wide_words(text)
    pairs: list[str] = _SMALL_THEN_ACCENTED.findall(words)
    unlikely = len(_UNLIKELY.findall(words)) + sum(pair[1].isupper() for pair in pairs)
    return unlikely <= _UNLIKELY_SHARE * sum(c > "\x7f" for c in words)


def _as_detected(content: bytes) -> str | None:
    """What charset-normalizer makes of it, unless a rival reading is about as good."""
    from charset_normalizer import from_bytes

    matches = list(from_bytes(content))
    readable = [match for match in matches if _reads_well(str(match))]
    if not readable:
        return None
    best = readable[0]
    text = str(best)
    rivals = (
        match
        for match in matches
        if _is_latin(text)
        or (match.chaos <= best.chaos and match.coherence > best.coherence - _COHERENCE_MARGIN)
    )
    return text if all(str(rival) == text for rival in rivals) else None


def _is_latin(text: str) -> bool:
    """Whether most letters beyond ASCII are Latin ones: there, coherence tells too little."""
    accented = [c for c in text if c > "\x7f" and c.isalpha()]
    return 2 * sum(c < "\u0250" for c in accented) >= len(accented)
