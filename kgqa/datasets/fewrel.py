"""FewRel: sentences with one pair of names and the Wikidata relation that people saw in it.

Han et al., "FewRel: A Large-Scale Supervised Few-Shot Relation Classification Dataset" (EMNLP
2018); the newswire part: Gao et al., "FewRel 2.0" (EMNLP 2019).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kgqa.datasets.annotated_fields import malformed, mapping, read_text, sequence, string
from kgqa.datasets.detokenize import detokenize
from kgqa.documents.json_fields import parse_json


@dataclass(frozen=True, slots=True)
class RelatedPair:
    """A sentence that states `relation` (a Wikidata id, or a label) from head to tail."""

    text: str
    head: str
    relation: str
    tail: str


def load_fewrel(path: Path) -> tuple[RelatedPair, ...]:
    """The sentences of one JSON lines file.

    Raises:
        DocumentError: the file cannot be read, or a line lacks a field.
    """
    return tuple(_pairs(path))


def _pairs(path: Path) -> Iterator[RelatedPair]:
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        record = mapping(parse_json(line, where), where, "sentence")
        tokens = [
            str(token)
            for token in sequence(record.get("tokens"), where, "tokens")
            if str(token).strip()
        ]
        # White space counts as a token in the file, and places count it.
        kept = [
            i
            for i, token in enumerate(sequence(record["tokens"], where, "tokens"))
            if str(token).strip()
        ]
        new = {old: place for place, old in enumerate(kept)}
        joined = detokenize([tokens])
        names = []
        for end in ("h", "t"):
            places = record.get(end)
            try:
                first = [new[i] for i in places[2][0] if i in new]  # type: ignore[index]
                spans = [joined.tokens[0][i] for i in first]
                names.append(joined.text[spans[0].start : spans[-1].end])
            except (TypeError, IndexError, KeyError) as error:
                raise malformed(where, "malformed field", f"expected places in {end!r}") from error
        yield RelatedPair(joined.text, names[0], string(record, "relation", where), names[1])


def load_labels(path: Path) -> dict[str, str]:
    """Relation id -> label, of FewRel's `relations.json`."""
    record = mapping(json.loads(read_text(path)), str(path), "relations")
    return {
        str(name): str(sequence(words, str(path), str(name))[0]) for name, words in record.items()
    }
