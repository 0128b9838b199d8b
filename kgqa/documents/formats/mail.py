"""E-mails (RFC 5322) and mailboxes of them (mbox, RFC 4155)."""

from __future__ import annotations

import email
import re
from collections.abc import Iterator, Sequence
from email.errors import HeaderParseError, MessageError
from email.header import decode_header
from email.message import Message
from email.policy import Compat32
from email.utils import getaddresses, parsedate_to_datetime

from kgqa.documents.build import SourceNames, rejection_of
from kgqa.documents.decode import decode
from kgqa.documents.formats.mail_body import markup_parts, plain_parts, unflowed
from kgqa.documents.formats.web.webpage import declared_charset
from kgqa.documents.layout import Part, lay_out
from kgqa.errors import DocumentError
from kgqa.types import Document, Rejection

_HEADER_CHARACTERS = 64_000
_FROM_LINE = re.compile(rb"From [^\r\n]*\d{4}[^\r\n]*\r?\n")
# A message of a mailbox starts behind an empty line, with a sender and a time of day.
_NEXT = re.compile(
    rb"(?:\r?\n){2}(?=From \S[^\r\n]{0,200} \d{1,2}:\d\d[^\r\n]{0,40}\d{4}[^\r\n]{0,20}\r?\n)"
)
_ESCAPED_FROM = re.compile(rb"^>(>*From )", re.M)
_REPLY = re.compile(
    r"\s*(?:(?:re|fwd?|aw|wg|antw|sv|vs|tr|rif|r|enc)(?:\[\d+\])?\s*:|\[[^\]]{1,40}\])\s*", re.I
)
_WRITERS, _READERS = ("from",), ("to", "cc")
_KNOWN = ("from", "to", "date", "subject", "received", "message-id", "content-type")


def read(content: bytes, source: str, stem: str) -> Iterator[Document | Rejection]:
    """One Document for each message: who wrote it to whom, when, and its text.

    A message's title is its subject. Of a mailbox its source is `source#Message-ID`, or
    `source#N`. What it quotes and its signature are boilerplate; attachments are left out.

    Raises:
        DocumentError: `malformed file`, `empty`, `no text`; in a mailbox each is a Rejection.
    """
    content = content.removeprefix(b"\xef\xbb\xbf")
    if not _FROM_LINE.match(content):
        yield _document(content, source, stem)
        return
    names = SourceNames(source)
    start = 0
    ends = [found.end() for found in _NEXT.finditer(content)]
    for number, end in enumerate([*ends, len(content)], start=1):
        message = _ESCAPED_FROM.sub(rb"\1", content[start:end].split(b"\n", 1)[-1])
        start = end
        place = names.source(_identifier(message) or str(number))
        try:
            yield _document(message, place, stem)
        except DocumentError as error:
            yield rejection_of(error)


class _Bounded(Compat32):
    """Headers as they were written, and no longer than a few pages: each part of a message may
    have hostile ones, and `email.policy.default` takes minutes, or fails, over those."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = sourcelines[0].split(":", 1)
        value = "".join([value, *sourcelines[1:]])[:_HEADER_CHARACTERS]
        return name, " ".join(value.split())

    def header_fetch_parse(self, name: str, value: str) -> str:
        return value


_POLICY = _Bounded()


def _identifier(message: bytes) -> str:
    head = re.split(rb"\r?\n\r?\n", message, maxsplit=1)[0]
    found = re.search(rb"^message-id:\s*<([!-~]{1,200})>", head, re.M | re.I)
    return found[1].decode("ascii") if found else ""


def _document(content: bytes, source: str, stem: str) -> Document:
    if not content.strip():
        raise DocumentError(source, "empty", "expected a message, got none; remove it or fill it")
    try:
        message = email.message_from_bytes(content, policy=_POLICY)
        if not any(name in message for name in _KNOWN):
            raise DocumentError(
                source,
                "malformed file",
                "expected a message with From, Date or Subject above an empty line, got none; "
                "name it .txt if it is plain text",
            )
        bodies = _bodies(message)
        parts = [part for body in bodies for part in _body_parts(body, source)]
    except (MessageError, RecursionError, ValueError, LookupError, TypeError) as error:
        # The standard parser documents the first; nested parts and bad fields leak the others.
        raise DocumentError(
            source,
            "malformed file",
            f"expected an e-mail, got {type(error).__name__}: {str(error)[:100]}; export it again",
        ) from error
    if bodies and not parts:
        raise DocumentError(source, "empty", "expected text in the message, got none; fill it")
    if not parts:
        raise DocumentError(
            source,
            "no text",
            f"expected a message with text, got {message.get_content_type()}; "
            "save its attachments as files",
        )
    subject = _decoded(message["subject"])
    cells = [*_people(message), ("date", _day(message["date"])), ("subject", subject)]
    front = Part("front_matter", cells=tuple(cell for cell in cells if cell[1]))
    title = _without_marks(subject)
    return lay_out(source, [front, *parts], stem=stem, title=title, format="email")


def _bodies(message: Message) -> list[Message]:
    """The parts of a message that are its text, of alternatives the plain one."""
    if not message.is_multipart():
        shown = message.get_content_disposition() != "attachment" and not message.get_filename()
        text = message.get_content_type() in ("text/plain", "text/html")
        return [message] if shown and text else []
    kind = message.get_content_type()
    if kind.startswith("message/"):
        return []
    found = [_bodies(part) for part in message.get_payload() if isinstance(part, Message)]
    if kind == "multipart/alternative":
        return _plainest([body for body in found if body])
    if kind == "multipart/related":
        return found[0] if found else []
    return [body for bodies in found for body in bodies]


def _plainest(choices: Sequence[list[Message]]) -> list[Message]:
    for bodies in choices:
        plain = all(body.get_content_type() == "text/plain" for body in bodies)
        if plain and any(str(body.get_payload()).strip() for body in bodies):
            return bodies
    return choices[-1] if choices else []


def _body_parts(body: Message, source: str) -> list[Part]:
    payload = body.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return []
    charset = body.get_content_charset()
    if body.get_content_type() == "text/html":
        markup = _text(payload, charset or declared_charset(payload), source)
        return markup_parts(markup, source)
    text = _text(payload, charset, source).replace("\r\n", "\n").replace("\r", "\n")
    if str(body.get_param("format", "")).lower() == "flowed":
        text = unflowed(text, deleted_space=str(body.get_param("delsp", "")).lower() == "yes")
    return plain_parts(text)


def _text(payload: bytes, charset: str | None, source: str) -> str:
    """What the message declares counts before UTF-8: seven-bit encodings look like ASCII."""
    if charset and charset not in ("us-ascii", "iso-8859-1", "unknown-8bit", "binary"):
        try:
            return payload.decode(charset)
        except (LookupError, ValueError):
            pass  # unknown, or not what the bytes are: told from the bytes
    return decode(payload, source, charset) if payload else ""


def _people(message: Message) -> Iterator[tuple[str, str]]:
    for label, names in (("from", _WRITERS), ("to", _READERS)):
        people = []
        for name, address in _addresses([str(v) for n in names for v in message.get_all(n, [])]):
            name = _decoded(name)
            both = f"{name} <{address}>" if name and address else name or address
            people += [both] if both else []
        yield label, ", ".join(people)


def _addresses(values: list[str]) -> list[tuple[str, str]]:
    """(name, address) of each person; values that nest comments too deep as they are."""
    try:
        return getaddresses(values)
    except RecursionError:
        return [(value, "") for value in values]


def _day(date: str | None) -> str:
    """The day on which the writer's clock stood, "" where there is none."""
    try:
        return parsedate_to_datetime(date or "").date().isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return " ".join((date or "").split())[:100]


def _decoded(value: str | None) -> str:
    """A header's text: encoded words (RFC 2047), or bytes that nothing declares."""
    if not value:
        return ""
    try:
        pieces = decode_header(value)
    except HeaderParseError:
        pieces = [(value, None)]
    text = ""
    for piece, charset in pieces:
        raw = piece if isinstance(piece, bytes) else piece.encode("utf-8", "surrogateescape")
        for name in (charset or "utf-8", "utf-8", "cp1252", "latin-1"):
            try:
                text += raw.decode(name)
                break
            except (LookupError, ValueError):
                continue
    return " ".join(text.replace("\x00", " ").split())


def _without_marks(subject: str) -> str:
    """The subject without "Re:", "Fwd:" and a list's "[name]"."""
    place = 0
    while found := _REPLY.match(subject, place):
        place = found.end()
    return subject[place:] or subject
