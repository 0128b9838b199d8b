"""Statements that are made, each with whether it states a triple: what a verifier learns "no" from.

Annotated sets hardly ever deny, suppose or ask. `statement_templates.yaml` beside this module has
wordings of each relation, and frames that keep a clause stated or do not.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from kgqa.extract.verify import Claim
from kgqa.ontology import Ontology
from kgqa.train.claims import JudgedClaim

_ARTICLE = re.compile(r"^(?:the|an?) ")
_TWO_ARTICLES = re.compile(r"(\b[Tt]he|\b[Aa]n?|'s|'s new|-based) (?:the|an?) ")
_TAKEN_APART = r"((?:(?:the|an?) [^{{,]*)?\{{[ht]\}}(?:'s [a-z ]+?| and \{{[ht]\}})?) ({}) (.+)"
_BE = {"is": "may be", "are": "may be", "was": "may have been", "were": "may have been"}
_PARTICIPLE = re.compile(r"(?:been|had|run|built|always|\w+ed)\b")
_PARTLY = re.compile(r",| and | with |\{year\}|one of|first|second|third|only|main|major|\w+est\b")
"""What a "not" may be about instead: who "was not the second wife" may be the third."""
_LED = re.compile(r"\{[ht]\}(?:'s)? \w")
"""A line that a pronoun may begin."""
_BREAK = re.compile(r"[.?!] ")
_PRONOUNS = {"man": ("he", "him", "his"), "woman": ("she", "her", "her")}
_THING = ("it", "it", "its")
_PERSON = ("man", "woman")
_AROUND = {
    "p": _PERSON,
    "q": _PERSON,
    "city": ("city",),
    "company": ("company",),
    "year": ("year",),
}
"""Slots of other names, and the classes that those are of."""


@dataclass(frozen=True, slots=True)
class MadeStatement:
    """One to three sentences, a triple, and whether they state it.

    Attributes:
        head, tail: as the text names them, without an article.
        relation: its id; `label` is what it is called.
        kind: `stated`, `denied`, `framed` (supposed, asked, reported), `near`, `exchanged` (head
            and tail change places: stated where the relation is symmetric), `other_names`,
            `other_relation` or `listed`.
    """

    text: str
    head: str
    relation: str
    tail: str
    stated: bool
    kind: str
    label: str

    def judged(self) -> JudgedClaim:
        """As a claim with its answer."""
        return JudgedClaim(Claim(self.head, self.label, self.tail, self.text), self.stated)


class StatementGroup(NamedTuple):
    """Wordings of a relation: classes of names that may be its ends, and lines by what they do."""

    relation: str
    pairs: tuple[tuple[str, str], ...]
    lines: Mapping[str, tuple[str, ...]]


class _Ends(NamedTuple):
    """Two names, with the article that is said before them, and their classes."""

    head: str
    tail: str
    classes: tuple[str, str]

    def exchanged(self) -> _Ends:
        return _Ends(self.tail, self.head, (self.classes[1], self.classes[0]))


_Draft = tuple[str, _Ends]
"""A text, and the ends that are asked for."""


@cache
def statement_file(stem: str) -> Any:
    """The content of `statement_templates.yaml` or `statement_names.yaml`."""
    import yaml

    text = Path(__file__).with_name(f"statement_{stem}.yaml").read_text(encoding="utf-8")
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@cache
def names_by_class() -> Mapping[str, tuple[str, tuple[str, ...]]]:
    """Class of names -> its mention type, and its names."""
    types: Mapping[str, Mapping[str, str]] = statement_file("names")
    return {
        one: (mention_type, tuple(name.strip() for name in names.split(";")))
        for mention_type, classes in types.items()
        for one, names in classes.items()
    }


@cache
def statement_groups() -> Mapping[str, tuple[StatementGroup, ...]]:
    """Relation id -> its groups of wordings."""
    relations: Mapping[str, Any] = statement_file("templates")["relations"]
    return {name: tuple(_group(name, one) for one in all_) for name, all_ in relations.items()}


def _group(relation: str, group: Mapping[str, Any]) -> StatementGroup:
    ends = [(h, t) for h in group["head"].split() for t in group["tail"].split()]
    pairs = tuple((h, t) for h, t in ends if h == t or not group.get("same"))
    wordings = set(group) - {"head", "tail", "same"}
    return StatementGroup(relation, pairs, {k: tuple(group[k].splitlines()) for k in wordings})


def made_statements(ontology: Ontology, count: int, seed: int) -> list[MadeStatement]:
    """So many statements over all relations that have wordings, half of them stated.

    The same ontology, count and seed give the same statements, in the same order.
    """
    maker = _Maker(ontology, random.Random(seed))
    relations = list(maker.relations)
    made: dict[tuple[str, str, str, str], MadeStatement] = {}
    while len(made) < count:
        maker.draw.shuffle(relations)
        for relation in relations:
            for stated in (True, False):
                one = maker.statement(relation, stated)
                if len(made) < count:
                    made.setdefault((one.text, one.head, one.relation, one.tail), one)
    statements = list(made.values())
    maker.draw.shuffle(statements)
    return statements


class _Maker:
    """`refused`: how often each kind of what is not stated is tried, and what makes it of a group,
    None where the group has nothing of the kind."""

    def __init__(self, ontology: Ontology, draw: random.Random) -> None:
        self.ontology, self.draw = ontology, draw
        self.relations = {r.id: r for r in ontology.relations if r.id in statement_groups()}
        self.file: Mapping[str, Any] = statement_file("templates")
        self.verbs = {verb: forms for verb, *forms in map(str.split, self._lines("verbs"))}
        self.willing = frozenset(self.file["willing"].split())
        self.taken_apart = re.compile(_TAKEN_APART.format("|".join((*_BE, *self.verbs))))
        self.refused = {
            "denied": (20, self._denied),
            "framed": (27, self._framed),
            "near": (20, self._near),
            "exchanged": (20, self._exchanged),
            "other_names": (12, self._other_names),
            "other_relation": (20, self._other_relation),
            "listed": (30, self._listed),
        }

    def statement(self, relation: str, stated: bool) -> MadeStatement:
        kind, draft = "stated", None
        while draft is None:
            group = self.draw.choice(statement_groups()[relation])
            if stated:
                kind, draft = self._stated(group)
            else:
                often = [weight for weight, _ in self.refused.values()]
                kind = self.draw.choices(list(self.refused), often)[0]
                draft = self.refused[kind][1](group)
        text, ends = draft
        if self._chance(0.3) and len(_BREAK.findall(text)) < 2:
            parts = [text, self._sentence(self._line("beside"), ends)]
            text = " ".join(parts if self._chance(0.5) else parts[::-1])
        head, tail = (_ARTICLE.sub("", name) for name in ends[:2])
        label = self.relations[relation].label
        return MadeStatement(text, head, relation, tail, stated, kind, label)

    def _stated(self, group: StatementGroup) -> tuple[str, _Draft]:
        roll, ends = self.draw.random(), self._ends(group)
        sources = self._backward(group)
        if roll < 0.35 and self.relations[group.relation].symmetric:
            return "exchanged", (self._plain(group, ends), ends.exchanged())
        if roll < 0.15 and sources:
            source, classes = self.draw.choice(sources)
            ends = self._ends(source, classes=classes)
            return "stated", (self._plain(source, ends), ends.exchanged())
        if roll < 0.25:
            wrong = self._other_tail(group, ends)
            return "stated", (self._two("corrected", group, ends, wrong), ends)
        if roll < 0.4:
            return "stated", (self._two("joined", group, ends, self._ends(group, ends)), ends)
        return "stated", (self._plain(group, ends), ends)

    def _denied(self, group: StatementGroup) -> _Draft:
        ends = self._ends(group)
        parts = self.taken_apart.fullmatch(self.draw.choice(group.lines["stated"]))
        if parts and not _PARTLY.search(parts[3]) and self._chance(0.5):
            return self._in_mood("denied", parts, ends), ends
        return self._told(group.lines["denied"], ends, "stated", 0.15), ends

    def _framed(self, group: StatementGroup) -> _Draft:
        ends, roll = self._ends(group), self.draw.random()
        parts = self.taken_apart.fullmatch(self.draw.choice(group.lines["stated"]))
        if roll < 0.18:
            right = self._other_tail(group, ends)
            return self._two("corrected", group, right, ends), ends
        if parts and roll < 0.5:
            return self._in_mood("framed", parts, ends), ends
        return self._told(group.lines["stated"], ends, "unstated"), ends

    def _near(self, group: StatementGroup) -> _Draft:
        ends = self._ends(group)
        frames = self.draw.choice(("stated", "stated", "unstated"))
        return self._told(group.lines["near"], ends, frames, 0.25), ends

    def _exchanged(self, group: StatementGroup) -> _Draft | None:
        ends = self._ends(group)
        head, tail = (names_by_class()[one][0] for one in ends.classes)
        symmetric = self.relations[group.relation].symmetric
        if symmetric or not self.ontology.allows(tail, group.relation, head):
            return None
        return self._plain(group, ends), ends.exchanged()

    def _other_names(self, group: StatementGroup) -> _Draft:
        one = self._ends(group)
        two = self._ends(group, one, one.classes)
        asked = one._replace(tail=two.tail)
        if "paired" in group.lines and self._chance(0.4):
            line = self.draw.choice(group.lines["paired"])
            return self._sentence(line, one, h2=two.head, t2=two.tail), asked
        intro = self._intro(one.head, one.classes[0])[0]
        if intro and self._chance(0.3):
            line = self.draw.choice(group.lines["stated"])
            return f"{intro} {self._sentence(line, two)}", asked
        return self._two("joined", group, one, two), asked

    def _other_relation(self, group: StatementGroup) -> _Draft | None:
        follow, classes = self.file["may_follow"], self.draw.choice(group.pairs)
        others = [
            other
            for relation in self.relations
            if group.relation not in [relation, *follow.get(relation, "").split()]
            for other in statement_groups()[relation]
            if classes in other.pairs
        ]
        if not others:
            return None
        other = self.draw.choice(others)
        ends = self._ends(other, classes=classes)
        return self._plain(other, ends), ends

    def _listed(self, group: StatementGroup) -> _Draft | None:
        lists = self.file["lists"]
        found = [(k, p) for k in lists for p in group.pairs if set(p) <= set(k.split())]
        if not found:
            return None
        key, classes = self.draw.choice(found)
        ends = self._ends(group, classes=classes)
        names = [*ends[:2], self._name(classes[0], ends[:2])]
        self.draw.shuffle(names)
        words = dict(zip("abc", names, strict=True))
        return self._sentence(self._line("lists", key), ends, **words), ends

    def _backward(self, group: StatementGroup) -> list[tuple[StatementGroup, tuple[str, str]]]:
        """Groups of relations that state this one from tail to head, and classes for it."""
        relation, backward = group.relation, self.file["backward"]
        sources = [one for one in backward if relation in backward[one].split()]
        sources += [self.relations[relation].inverse or ""]
        allowed = {(t, h) for one in statement_groups()[relation] for h, t in one.pairs}
        groups = [one for source in sources for one in statement_groups().get(source, ())]
        return [(one, pair) for one in groups for pair in one.pairs if pair in allowed]

    def _name(self, name_class: str, taken: Sequence[str]) -> str:
        """A name that neither contains nor is contained in those that are taken."""
        while True:
            name = self.draw.choice(names_by_class()[name_class][1])
            keys = [_ARTICLE.sub("", one).casefold() for one in (name, *taken)]
            if not any(key in keys[0] or keys[0] in key for key in keys[1:]):
                return name

    def _ends(
        self,
        group: StatementGroup,
        other: _Ends | None = None,
        classes: tuple[str, str] | None = None,
    ) -> _Ends:
        """Ends for a group, of names that the other ends have not."""
        head_class, tail_class = classes or self.draw.choice(group.pairs)
        taken = other[:2] if other else ()
        head = self._name(head_class, taken)
        return _Ends(head, self._name(tail_class, (*taken, head)), (head_class, tail_class))

    def _other_tail(self, group: StatementGroup, ends: _Ends) -> _Ends:
        tails = [tail for head, tail in group.pairs if head == ends.classes[0]]
        tail = self.draw.choice(tails)
        return _Ends(ends.head, self._name(tail, ends[:2]), (ends.classes[0], tail))

    def _lines(self, section: str, key: str = "") -> list[str]:
        found = self.file[section]
        lines: str = found[key] if key else found
        return lines.splitlines()

    def _line(self, section: str, key: str = "") -> str:
        return self.draw.choice(self._lines(section, key))

    def _plain(self, group: StatementGroup, ends: _Ends) -> str:
        return self._told(group.lines["stated"] + group.lines["aside"], ends, "stated", 0.3)

    def _told(self, lines: Sequence[str], ends: _Ends, frames: str, share: float = 1.0) -> str:
        """One of the lines, such a share of the time in a frame, perhaps with a pronoun."""
        line, frame = self.draw.choice(lines), "{S}."
        if not line[0].isupper() and self._chance(share):
            frame = self._line("frames", frames)
        intro = ""
        if _LED.match(line) and "{p}" not in frame + line and self._chance(0.25):
            named = ends if line[1] == "h" else ends.exchanged()
            intro, lead = self._intro(named.head, named.classes[0])
            if intro:
                possessive = {"he": "his", "she": "her", "it": "its"}.get(lead, f"{lead}'s")
                line = re.sub(r"^...('s)?", lambda m: possessive if m[1] else lead, line)
        text = self._sentence(frame, ends, s=self._filled(line, ends))
        return f"{intro} {text}" if intro else text

    def _intro(self, name: str, name_class: str) -> tuple[str, str]:
        """A sentence that names somebody first, and what the next one says instead."""
        keys = [key for key in self.file["intros"] if name_class in key.split()]
        if not keys:
            return "", ""
        sentence, _, lead = self._line("intros", keys[0]).partition(" | ")
        he = _PRONOUNS.get(name_class, _THING)[0]
        return _ended(sentence.format(x=name)), lead.format(he=he)

    def _two(self, frames: str, group: StatementGroup, ends: _Ends, others: _Ends) -> str:
        """Two clauses in a frame: of the ends, and of the others."""
        own, other = ("right", "wrong") if frames == "corrected" else ("one", "two")
        lines = [line for line in group.lines["stated"] if not line[0].isupper()]
        said = [self._filled(self.draw.choice(lines), one) for one in (ends, others)]
        return self._sentence(self._line("frames", frames), ends, **{own: said[0], other: said[1]})

    def _in_mood(self, kind: str, parts: re.Match[str], ends: _Ends) -> str:
        """A clause that is denied or supposed by its verb."""
        subject, verb, rest = parts.groups()
        forms = self.verbs.get(verb, [])
        if verb == "has" and _PARTICIPLE.match(rest):
            forms = []
        mood = ("be", "present", "past")[len(forms)]
        freely = mood == "past" and forms[0] in self.willing and "{year}" not in rest
        if kind == "framed" and freely:
            mood = self.draw.choice((mood, "willing"))
        words = dict(zip(("base", "part"), forms, strict=False))
        words |= {"be": verb, "verb": verb, "maybe": _BE.get(verb, "may have")}
        words["it"] = _PRONOUNS.get(ends.classes[subject.startswith("{t}")], _THING)[0]
        words |= {"subject": self._filled(subject, ends), "rest": self._filled(rest, ends)}
        return self._sentence(self._line("moods", f"{kind} {mood}"), ends, **words)

    def _filled(self, line: str, ends: _Ends, **words: str) -> str:
        """A line with its names, and with other names and a year that are not of the ends."""
        values = {"h": ends.head, "t": ends.tail, **words}
        values |= {word.capitalize(): _capital(text) for word, text in words.items()}
        values["on"] = "on" if ends.classes[1] == "day" else "in"
        for mark, one in zip(("", "t_"), ends.classes, strict=True):
            pronouns = _PRONOUNS.get(one, _THING)
            values |= dict(zip((f"{mark}he", f"{mark}him", f"{mark}his"), pronouns, strict=True))
        taken = [*ends[:2]]
        for word, classes in _AROUND.items():
            if f"{{{word}}}" in line:
                taken.append(self._name(self.draw.choice(classes), taken))
                values[word] = taken[-1]
        return _TWO_ARTICLES.sub(r"\1 ", line.format_map(values))

    def _sentence(self, line: str, ends: _Ends, **words: str) -> str:
        return _ended(self._filled(line, ends, **words))

    def _chance(self, share: float) -> bool:
        return self.draw.random() < share


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _ended(text: str) -> str:
    """As a sentence; one point is enough after "Jr."."""
    ended = text if text.endswith((".", "?", "!", '"')) else f"{text}."
    return _capital(ended).replace("..", ".")
