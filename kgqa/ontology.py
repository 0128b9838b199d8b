"""What may be said in the graph: mention types, relations, and which types a relation joins.

The ontology is a YAML file that a JSON Schema and the checks below hold to; the packaged one
has the six mention types and 96 relations of (Re-)DocRED (Yao et al., ACL 2019). Its digest
travels with every trained weight.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgqa.errors import OntologyError

if TYPE_CHECKING:
    from yaml.events import Event

# An ontology nests eight events deep, its stream and document included.
_DEEPEST = 50


@dataclass(frozen=True, slots=True)
class MentionType:
    """`docred` is the type's code in DocRED files, empty where it has none."""

    id: str
    label: str
    description: str
    docred: str = ""


@dataclass(frozen=True, slots=True)
class Relation:
    """A typed relation.

    Attributes:
        id: a Wikidata property id such as `P19`.
        head: ids of the mention types that may stand at the head; `tail` likewise.
        symmetric: head and tail may change places.
        inverse: the relation that holds from tail to head whenever this one holds.
        identifier: `[A-Z][A-Z0-9_]*`, unique; names the relation where a database wants a
            plain identifier.
    """

    id: str
    label: str
    description: str
    head: tuple[str, ...]
    tail: tuple[str, ...]
    symmetric: bool = False
    inverse: str | None = None
    identifier: str = ""


@dataclass(frozen=True)
class Ontology:
    """Mention types and relations, in the order of the file.

    `digest` is the SHA-256 of the content: comments, layout and key order do not count, the
    order of types and relations does, since weights number them by it.
    """

    version: str
    mention_types: tuple[MentionType, ...]
    relations: tuple[Relation, ...]
    digest: str

    @cached_property
    def _by_id(self) -> Mapping[str, Relation]:
        return {relation.id: relation for relation in self.relations}

    def relation(self, relation_id: str) -> Relation | None:
        """The relation with this id, None if there is none."""
        return self._by_id.get(relation_id)

    def allows(self, head_type: str, relation_id: str, tail_type: str) -> bool:
        """Whether the relation exists and may join these two mention types."""
        relation = self._by_id.get(relation_id)
        return relation is not None and head_type in relation.head and tail_type in relation.tail


def schema_file(name: str) -> Traversable:
    """A file of `schemas/`: inside an installed package, else beside a checkout's package."""
    packaged = files("kgqa").joinpath("schemas", name)
    return packaged if packaged.is_file() else Path(__file__).parents[1] / "schemas" / name


def load_ontology(path: Path | None = None) -> Ontology:
    """Read and validate an ontology; None reads the packaged one.

    Raises:
        OntologyError: the file is missing, is not YAML, breaks the schema or contradicts itself.
    """
    source: Traversable = path or schema_file("ontology.yaml")
    content = _parse(source)
    place = next(_schema_faults(content), None) or next(_contradictions(content), None)
    if place is not None:
        raise OntologyError(f"{source}: {place}")
    types = tuple(MentionType(**entry) for entry in content["mention_types"])
    relations = tuple(_relation(entry) for entry in content["relations"])
    digest = _digest(content["version"], types, relations)
    return Ontology(content["version"], types, relations, digest)


def _parse(source: Traversable) -> Any:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        text = source.read_text(encoding="utf-8")
        _refuse_deep(yaml.parse(text, Loader=loader), source)
        return yaml.load(text, Loader=loader)
    except OSError as error:
        raise OntologyError(
            f"{source}: cannot read the ontology ({error.strerror}); "
            "name a file, or leave `ontology` unset for the packaged one"
        ) from error
    except UnicodeDecodeError as error:
        raise OntologyError(f"{source}: expected UTF-8 text, byte {error.start} is not") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}: " if mark else ""
        problem = getattr(error, "problem", None) or " ".join(str(error).split())
        raise OntologyError(f"{source}: {place}expected YAML, {problem}") from error
    except ValueError as error:  # a date or number that YAML's forms allow and Python does not
        raise OntologyError(f"{source}: expected YAML, {error}") from error


def _refuse_deep(events: Iterator[Event], source: Traversable) -> None:
    """The C loader recurses, and a file of brackets would crash it; its events do not."""
    depth = 0
    for event in events:
        name = type(event).__name__
        depth += name.endswith("StartEvent") - name.endswith("EndEvent")
        if depth > _DEEPEST:
            raise OntologyError(
                f"{source}: expected an ontology, got YAML nested more than {_DEEPEST} deep"
            )


def _schema_faults(content: object) -> Iterator[str]:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    if not isinstance(content, Mapping):
        kinds = {type(None): "nothing", list: "a list"}
        got = kinds.get(type(content), "a single value")
        yield f"expected `version`, `mention_types` and `relations` in an ontology, got {got}"
        return
    schema = json.loads(schema_file("ontology.schema.json").read_text(encoding="utf-8"))
    fault = best_match(Draft202012Validator(schema).iter_errors(content))
    if fault is not None:
        place = fault.json_path.removeprefix("$").lstrip(".")
        yield f"{place}: {fault.message}" if place else fault.message


def _contradictions(content: Mapping[str, Any]) -> Iterator[str]:
    """What a JSON Schema cannot say; each fault in one line."""
    types, relations = content["mention_types"], content["relations"]
    yield from _repeated("mention_types", "id", types)
    yield from _repeated("relations", "id", relations)
    yield from _repeated("relations", "identifier", relations)
    known = [entry["id"] for entry in types]
    by_id = {entry["id"]: entry for entry in relations}
    for place, entry in enumerate(relations):
        where = f"relations[{place}] ({entry['id']})"
        for side in ("head", "tail"):
            for unknown in sorted(set(entry[side]) - set(known)):
                yield (
                    f"{where}.{side}: unknown mention type {unknown!r}, "
                    f"expected one of {', '.join(known)}"
                )
        if entry.get("symmetric") and set(entry["head"]) != set(entry["tail"]):
            yield f"{where}: a symmetric relation needs the same types as head and tail"
        if entry.get("inverse") is not None:
            yield from _inverse_faults(where, entry, by_id)


def _repeated(section: str, key: str, entries: list[Mapping[str, Any]]) -> Iterator[str]:
    for value, count in Counter(entry[key] for entry in entries).items():
        if count > 1:
            yield f"{section}: {key} {value!r} stands {count} times, expected once"


def _inverse_faults(
    where: str, entry: Mapping[str, Any], by_id: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    other = by_id.get(entry["inverse"])
    if other is None:
        yield f"{where}.inverse: there is no relation {entry['inverse']!r}"
    elif other.get("inverse") != entry["id"]:
        yield (
            f"{where}.inverse: not mutual, {other['id']} has inverse {other.get('inverse')!r}, "
            f"expected {entry['id']!r}"
        )
    elif set(entry["head"]) != set(other["tail"]) or set(entry["tail"]) != set(other["head"]):
        yield (
            f"{where}.inverse: head and tail types of {other['id']} are not these the other "
            "way round"
        )


def _relation(entry: Mapping[str, Any]) -> Relation:
    return Relation(**{**entry, "head": tuple(entry["head"]), "tail": tuple(entry["tail"])})


def _digest(version: str, types: tuple[MentionType, ...], relations: tuple[Relation, ...]) -> str:
    canonical = {
        "version": version,
        "mention_types": [asdict(entry) for entry in types],
        "relations": [
            {**asdict(entry), "head": sorted(entry.head), "tail": sorted(entry.tail)}
            for entry in relations
        ],
    }
    text = json.dumps(canonical, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
