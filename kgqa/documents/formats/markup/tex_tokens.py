r"""The tokens of LaTeX source, as regular expressions and what single marks stand for."""

from __future__ import annotations

import re

TOKEN = re.compile(
    r"(?P<text>[^\\{}$&~`'\n\x02!?-]+|[!?](?!`)|'(?!')|-)"
    r"|(?P<blank>\n[ \t]*(?:\n\s*)?)"
    r"|\\(?P<accent>[\"'`^~=.]|[Hckbdruvt](?![A-Za-z]))[ \t]*"
    r"(?=(?P<base>\{\s*\\?[^{}\\\n]{0,4}\}|\\[ij](?![A-Za-z])|[A-Za-z]))"
    r"|\\(?P<name>[A-Za-z@]+\*?|.|\n)"
    r"|(?P<place>\x02\d+\x02)"
    r"|(?P<mark>``|''|[!?]`|[{}$&~`\\\x02])"
)
MARKS = {"``": "\u201c", "''": "\u201d", "!`": "\u00a1", "?`": "\u00bf", "~": " ", "`": "'"}
SPACE = re.compile(r"[ \t]*\n?[ \t]*")
NAME = re.compile(r"[^\S\n]*\{([^{}\n]{0,100})\}")
DEFINED = re.compile(r"\s*\\[A-Za-z@]+[#\d\[\]]{0,20}")
TRIMMED_RULE = re.compile(r"\([lr]*\)")


def dashed(text: str, run: list[str]) -> str:
    """A token behind a run of others: two or three hyphens in a row become one dash."""
    if text == "-" and run and run[-1] in ("-", "\u2013"):
        return "\u2013" if run.pop() == "-" else "\u2014"
    return text
