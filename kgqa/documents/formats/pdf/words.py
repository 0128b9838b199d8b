"""The words of a PDF page with their places, as pdfium finds them."""

from __future__ import annotations

import ctypes
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pypdfium2.raw as pdfium

# pdfium's sign for a hyphen at a line end.
_LINE_END_HYPHEN = 0xFFFE
_BOLD = re.compile(r"bold|black|heavy|demi|[-,]bd|medi\b|cmbx|lmbx|sfbx|ecbx", re.I)
_MONOSPACED = re.compile(r"mono|courier|consol|typewriter|cmtt|lmtt|menlo|inconsolata", re.I)
_MOST_SLANT, _LARGEST = 0.06, 1e4
# An accent that is set over the letter after it: TeX's way to write one without its own glyph.
_ACCENTS = {
    "\u00a8": "\u0308",
    "\u00b4": "\u0301",
    "\u02c6": "\u0302",
    "\u02dc": "\u0303",
    "\u02c7": "\u030c",
    "\u02d9": "\u0307",
    "\u02da": "\u030a",
    "\u00b8": "\u0327",
}
_ACCENT_AND_LETTER = re.compile(f"([{''.join(_ACCENTS)}])([^\\W\\d_])")
_DOTLESS = str.maketrans("\u0131\u0237", "ij")
_LIGATURES = re.compile("[\ufb00-\ufb06]")


@dataclass(frozen=True, slots=True)
class Word:
    """A run of characters without a space, in points from the page's lower left corner.

    Attributes:
        spaced: whether the page has a space or a line end before it.
    """

    text: str
    left: float
    right: float
    baseline: float
    size: float
    bold: bool
    mono: bool
    spaced: bool


@dataclass(frozen=True, slots=True)
class _Style:
    size: float
    bold: bool
    mono: bool
    upright: bool


def page_words(page: Any, textpage: Any) -> list[Word]:
    """The upright words on the page, in the order in which the file draws them.

    Args:
        page, textpage: pypdfium2's PdfPage and its PdfTextPage.

    Raises:
        PdfiumError: the page is damaged.
    """
    quarters = page.get_rotation() // 90
    left, bottom, right, top = page.get_bbox()
    low, high = _turned(left, bottom, quarters), _turned(right, top, quarters)
    words = []
    for text, first, last, style, spaced in _runs(textpage):
        x0, y = _turned(*_origin(textpage, first), quarters)
        x1 = max(_turned(*corner, quarters)[0] for corner in _corners(textpage, last))
        inside = min(low[0], high[0]) < x1 and x0 < max(low[0], high[0])
        if inside and min(low[1], high[1]) < y < max(low[1], high[1]):
            words.append(Word(text, x0, x1, y, style.size, style.bold, style.mono, spaced))
    return words


def _turned(x: float, y: float, quarters: int) -> tuple[float, float]:
    """A point as it is seen on a page that is shown turned clockwise."""
    return ((x, y), (y, -x), (-x, -y), (-y, x))[quarters % 4]


def _runs(textpage: Any) -> Iterator[tuple[str, int, int, _Style, bool]]:
    """(text, index of its first and last character, style, spaced) of each upright word."""
    styles = _Styles(textpage)
    letters: list[str] = []
    first = last = 0
    style: _Style | None = None
    drawn: int | None = None
    spaced = True
    for index in range(textpage.count_chars()):
        letter = _letter(pdfium.FPDFText_GetUnicode(textpage.raw, index))
        if not letter:
            continue
        object_ = None if letter.isspace() else styles.address(index)
        if letters and (object_ is None or object_ != drawn):
            if style is not None and style.upright:
                yield _clean("".join(letters)), first, last, style, spaced
            letters, spaced = [], False
        if letter.isspace():
            spaced = True
            continue
        if not letters:
            first, drawn, style = index, object_, styles.of(index, object_)
        letters.append(letter)
        last = index
    if letters and style is not None and style.upright:
        yield _clean("".join(letters)), first, last, style, spaced


@lru_cache(10_000)
def _letter(code: int) -> str:
    """The character, "" for what stands for nothing."""
    if code in (_LINE_END_HYPHEN, 2):
        return "-"
    if code in (0, 0xFFFF, 0xFEFF) or code > 0x10FFFF:
        return ""
    letter = chr(code)
    return "" if unicodedata.category(letter) in ("Cc", "Cs") and not letter.isspace() else letter


def _clean(text: str) -> str:
    """Ligatures as letters, accents on theirs, soft hyphens only at the end."""
    if text.isascii():
        return text
    text = _LIGATURES.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
    text = _ACCENT_AND_LETTER.sub(
        lambda found: found[2].translate(_DOTLESS) + _ACCENTS[found[1]], text
    )
    text = unicodedata.normalize("NFC", text)
    return text[:-1].replace("\xad", "") + text[-1:]


def _origin(textpage: Any, index: int) -> tuple[float, float]:
    """Where a character starts on its baseline, as the page is not turned."""
    x, y = ctypes.c_double(), ctypes.c_double()
    pdfium.FPDFText_GetCharOrigin(textpage.raw, index, x, y)
    return x.value, y.value


def _corners(textpage: Any, index: int) -> tuple[tuple[float, float], tuple[float, float]]:
    """The lower left and upper right corner of a character's ink."""
    left, right = ctypes.c_double(), ctypes.c_double()
    bottom, top = ctypes.c_double(), ctypes.c_double()
    pdfium.FPDFText_GetCharBox(textpage.raw, index, left, right, bottom, top)
    return (left.value, bottom.value), (right.value, top.value)


class _Styles:
    """Size, weight and direction of the text objects, each asked for once."""

    def __init__(self, textpage: Any) -> None:
        self._textpage = textpage
        self._quarters = textpage.page.get_rotation() // 90
        self._styles: dict[int | None, _Style] = {}
        self._fonts: dict[int | None, str] = {}

    def address(self, index: int) -> int | None:
        """Of the text object that draws a character; None for one that pdfium put in."""
        drawn = pdfium.FPDFText_GetTextObject(self._textpage.raw, index)
        return ctypes.addressof(drawn.contents) if drawn else None

    def of(self, index: int, address: int | None) -> _Style:
        found = self._styles.get(address)
        if found is None:
            found = self._styles[address] = self._read(index)
        return found

    def _read(self, index: int) -> _Style:
        matrix = pdfium.FS_MATRIX()
        pdfium.FPDFText_GetMatrix(self._textpage, index, matrix)
        along, across = _turned(matrix.a, matrix.b, self._quarters)
        scale = (matrix.c**2 + matrix.d**2) ** 0.5
        name = self._font(index)
        size = abs(pdfium.FPDFText_GetFontSize(self._textpage, index)) * scale
        return _Style(
            size=size,
            bold=bool(_BOLD.search(name)),
            mono=bool(_MONOSPACED.search(name)),
            upright=0 < size < _LARGEST and along > 0 and abs(across) <= _MOST_SLANT * along,
        )

    def _font(self, index: int) -> str:
        drawn = pdfium.FPDFText_GetTextObject(self._textpage, index)
        font = pdfium.FPDFTextObj_GetFont(drawn) if drawn else None
        if not font:
            return ""
        address = ctypes.cast(font, ctypes.c_void_p).value
        if address not in self._fonts:
            length = pdfium.FPDFFont_GetBaseFontName(font, None, 0)
            name = ctypes.create_string_buffer(max(length, 1))
            pdfium.FPDFFont_GetBaseFontName(font, name, length)
            self._fonts[address] = name.value.decode("utf-8", "replace").partition("+")[2] or (
                name.value.decode("utf-8", "replace")
            )
        return self._fonts[address]
