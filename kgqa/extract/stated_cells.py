"""What a table's rows and a document's front matter state by their labels.

A row states of its first cell what the head says of the others: under "Name | Employer" the row
"Rita Sand | Orbit Bank" states an employer. The network, which reads prose, is not asked for the
relations of a row. A first column that is itself called as a relation ("Subsidiary") states it
of what the prose above the table is about. An author and a date of front matter are the
document's own.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files

import yaml

from kgqa.extract.windows import Cells, PassageOffsets
from kgqa.names import name_key
from kgqa.ontology import Ontology
from kgqa.types import Block, Cell, Cluster, Document, Mention, Passage, RelationMention

SCORE = 0.9
"""Of a relation that a label states; what a head means is not always what it seems."""
_DATE = re.compile(
    r"(?:(?:\d{1,2}(?:st|nd|rd|th)?\.? )?[A-Z][a-z]{2,8}\.? (?:\d{1,2}, ?)?\d{4}"
    r"|\d{4}(?:-\d{2}){0,2}|\d{1,2}[./]\d{1,2}[./]\d{4})\Z"
)
_NUMBER = re.compile(r"[\W\d_]+\Z")
_NAME = re.compile(r"[A-ZÀ-ÖØ-Þ][^\n|;]{1,79}\Z")
_PERSON = re.compile(r"(?:[A-ZÀ-ÖØ-Þ][\w.'’-]*\s+){1,4}[A-ZÀ-ÖØ-Þ][\w'’-]+\Z")  # noqa: RUF001
_BETWEEN = re.compile(r"\s*(?:;|,| and | & )\s*")
_AUTHOR, _PUBLISHED = "P50", "P577"
_AUTHOR_LABELS = frozenset({"author", "authors", "by", "written by", "creator"})
_DATE_LABELS = frozenset({"date", "published", "publication date", "date published"})


@dataclass(frozen=True, slots=True)
class Labels:
    """Label -> relation ids in the ontology's order; label -> the type of a first column."""

    relations: Mapping[str, tuple[str, ...]]
    subjects: Mapping[str, str]


@functools.cache
def _written() -> dict[str, dict[str, list[str]]]:
    text = files("kgqa.extract").joinpath("column_labels.yaml").read_text(encoding="utf-8")
    loaded: dict[str, dict[str, list[str]]] = yaml.safe_load(text)
    return loaded


def labels_of(ontology: Ontology) -> Labels:
    """What labels say under this ontology: its own relation labels, and what people write."""
    found: dict[str, list[str]] = {}
    known = {relation.id: relation.label for relation in ontology.relations}
    for relation, names in _written()["relations"].items():
        for name in names if relation in known else ():
            found.setdefault(name, []).append(relation)
    for relation, name in known.items():
        ids = found.setdefault(name.lower(), [])
        if relation not in ids:
            ids.append(relation)
    subjects = {name: kind for kind, names in _written()["subjects"].items() for name in names}
    return Labels({name: tuple(ids) for name, ids in found.items()}, subjects)


class StatedCells:
    """Reads one document's rows and front matter into its clusters and relations.

    Args:
        clusters: the document's, from its prose; names that a row has too are joined to them.
        digest: the extractor's, written into each relation.
    """

    def __init__(
        self,
        document: Document,
        passages: Sequence[Passage],
        clusters: Iterable[Cluster],
        ontology: Ontology,
        digest: str,
    ) -> None:
        self.document = document
        self.ontology = ontology
        self.digest = digest
        self.clusters = list(clusters)
        self.relations: list[RelationMention] = []
        self._labels = labels_of(ontology)
        self._passages = PassageOffsets(passages)
        self._rows = Cells(document.blocks)
        self._numbers = {
            name_key(mention.text): n
            for n, cluster in reversed(list(enumerate(self.clusters)))
            for mention in cluster.mentions
        } | {name_key(c.name): n for n, c in reversed(list(enumerate(self.clusters)))}

    def read(self) -> None:
        """Fill `clusters` and `relations`."""
        above: Block | None = None
        for block in self.document.blocks:
            if block.kind == "table_row":
                self._row(block, above)
            elif block.kind == "front_matter":
                self._front_matter(block)
            elif block.kind in ("prose", "heading"):
                above = block

    def _row(self, row: Block, above: Block | None) -> None:
        if not row.cells or not row.cells[0].label:
            return
        first, label = row.cells[0], row.cells[0].label.lower()
        of_topic = self._labels.relations.get(label, ())
        stated = [(cell, self._labels.relations.get(cell.label.lower(), ())) for cell in row.cells]
        if not _NAME.match(self._text(first)) or not (of_topic or any(r for _, r in stated[1:])):
            return
        kind = self._type(first, self._labels.subjects.get(label))
        for cell, relations in stated[1:]:
            for relation, tail_type in self._fitting(relations, kind, cell):
                head = self._cluster(first, kind)
                self._state(head, relation, self._cluster(cell, tail_type), row)
        topic = self._topic(above) if above is not None else None
        if topic is not None:
            for relation, tail_type in self._fitting(of_topic, self.clusters[topic].type, first):
                self._state(topic, relation, self._cluster(first, tail_type), row)

    def _fitting(
        self, relations: Sequence[str], head_type: str, cell: Cell
    ) -> Iterator[tuple[str, str]]:
        """The first of the relations that may stand between the head and this cell, and the
        cell's type."""
        text = self._text(cell)
        for relation in relations:
            allowed = self.ontology.relation(relation)
            if allowed is None or head_type not in allowed.head:
                continue
            kind = self._type(cell, None, allowed.tail)
            if kind in allowed.tail and (kind in ("time", "number") or _NAME.match(text)):
                yield relation, kind
                return

    def _front_matter(self, block: Block) -> None:
        if self.document.title_origin == "file":
            return
        for cell in block.cells:
            label = cell.label.lower()
            if label in _AUTHOR_LABELS:
                for part in _parts(self._text(cell), cell):
                    if _PERSON.match(self._text(part)):
                        self._state(
                            self._titled(block), _AUTHOR, self._cluster(part, "person"), block
                        )
            elif label in _DATE_LABELS and _DATE.match(self._text(cell)):
                self._state(self._titled(block), _PUBLISHED, self._cluster(cell, "time"), block)

    def _titled(self, block: Block) -> int:
        """The number of the document's own cluster, made where the text is not about one."""
        title = self.document.title
        number = self._numbers.get(name_key(title))
        if number is None:
            cells = [cell for cell in block.cells if self._text(cell) == title]
            mentions = tuple(self._mention(cell, "miscellaneous") for cell in cells[:1])
            number = self._add(title, "miscellaneous", mentions)
        return number

    def _topic(self, above: Block) -> int | None:
        """What the block above a table speaks of first."""
        starts = [
            (mention.start, n)
            for n, cluster in enumerate(self.clusters)
            for mention in cluster.mentions
            if above.start <= mention.start < above.end and mention.type not in ("time", "number")
        ]
        return min(starts)[1] if starts else None

    def _state(self, head: int, relation: str, tail: int, block: Block) -> None:
        if head == tail:
            return
        allowed = self.ontology.allows(self.clusters[head].type, relation, self.clusters[tail].type)
        if allowed:
            ends = self.clusters[head].id, self.clusters[tail].id
            passage = self._passages.at(block.start)
            self.relations.append(
                RelationMention(
                    ends[0], relation, ends[1], passage.id, block.start,
                    min(block.end, passage.end), SCORE, self.digest,
                )
            )  # fmt: skip

    def _cluster(self, cell: Cell, kind: str) -> int:
        """The number of the cluster that a cell names, with the cell among its mentions."""
        name = self._text(cell)
        mention = self._mention(cell, kind)
        number = self._numbers.get(name_key(name))
        if number is None:
            return self._add(name, kind, (mention,))
        former = self.clusters[number]
        if former.type != kind and self._only_in_rows(former):
            # What a column says of a name that only tables have is surer than the network.
            former = self.clusters[number] = replace(former, type=kind)
        places = {(m.start, m.end) for m in former.mentions}
        if (mention.start, mention.end) not in places:
            self.clusters[number] = _with_mention(former, mention)
        return number

    def _add(self, name: str, kind: str, mentions: tuple[Mention, ...]) -> int:
        number = len(self.clusters)
        cluster_id = f"{self.document.id}:cell{number}"
        self.clusters.append(
            Cluster(cluster_id, self.document.id, kind, " ".join(name.split()), mentions)
        )
        self._numbers[name_key(name)] = number
        return number

    def _mention(self, cell: Cell, kind: str) -> Mention:
        passage = self._passages.at(cell.start)
        end = min(cell.end, passage.end)
        return Mention(
            passage.id, cell.start, end, self.document.text[cell.start : end], kind, SCORE
        )

    def _type(self, cell: Cell, said: str | None, allowed: Sequence[str] = ()) -> str:
        """A cell's type: by how it is written, what its column says, what the prose found."""
        text = self._text(cell)
        if _DATE.match(text):
            return "time"
        if _NUMBER.match(text):
            return "number"
        found = self._type_in_prose(name_key(text))
        named = [kind for kind in allowed if kind not in ("time", "number")]
        if said is not None:
            return found or said
        if found is not None and (not named or found in named):
            return found
        if "person" in named and _PERSON.match(text):
            return "person"
        return named[0] if named else "miscellaneous"

    def _type_in_prose(self, key: str) -> str | None:
        """The type of the cluster of that name, where prose mentions it."""
        number = self._numbers.get(key)
        if number is None or self._only_in_rows(self.clusters[number]):
            return None
        return self.clusters[number].type

    def _only_in_rows(self, cluster: Cluster) -> bool:
        return all(self._rows.row_at(mention.start) for mention in cluster.mentions)

    def _text(self, cell: Cell) -> str:
        return self.document.text[cell.start : cell.end]


def _with_mention(cluster: Cluster, mention: Mention) -> Cluster:
    mentions = tuple(sorted((*cluster.mentions, mention), key=lambda m: (m.start, m.end)))
    return replace(cluster, mentions=mentions)


def _parts(text: str, cell: Cell) -> Iterator[Cell]:
    """The names that a cell lists."""
    place = 0
    for part in _BETWEEN.split(text):
        start = text.index(part, place)
        place = start + len(part)
        yield Cell(cell.label, cell.start + start, cell.start + place)
