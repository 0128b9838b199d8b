from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pytest

from kgqa.ontology import Ontology, load_ontology
from kgqa.train.made_statements import (
    MadeStatement,
    made_statements,
    names_by_class,
    statement_file,
    statement_groups,
)

ONTOLOGY = load_ontology()
LEAST = {"stated": 4, "denied": 2, "near": 2}
KINDS = {
    "stated",
    "denied",
    "framed",
    "near",
    "exchanged",
    "other_names",
    "other_relation",
    "listed",
}


@pytest.fixture(scope="module")
def made() -> list[MadeStatement]:
    return made_statements(ONTOLOGY, 6000, seed=4)


def lines() -> Iterator[tuple[str, str, str]]:
    """Relation, what the line does, the line."""
    for relation, groups in statement_groups().items():
        for group in groups:
            for kind, wordings in group.lines.items():
                yield from ((relation, kind, line) for line in wordings)


def test_every_relation_has_wordings_that_state_deny_and_come_near() -> None:
    counts = Counter((relation, kind) for relation, kind, _ in lines())
    assert set(statement_groups()) == {relation.id for relation in ONTOLOGY.relations}
    few = [(r, k) for r in statement_groups() for k in LEAST if counts[r, k] < LEAST[k]]
    assert few == []


def test_every_wording_has_both_ends_and_stands_once_in_its_group() -> None:
    assert [one for one in lines() if not all(slot in one[2] for slot in ("{h}", "{t}"))] == []
    for groups in statement_groups().values():
        for group in groups:
            written = [line for part in group.lines.values() for line in part]
            assert len(set(written)) == len(written), group.relation


def test_a_clause_that_a_frame_takes_begins_with_a_name_or_in_lower_case() -> None:
    assert [line for _, kind, line in lines() if kind == "stated" and line[0].isupper()] == []


def test_the_classes_of_a_relation_are_of_types_that_the_ontology_allows() -> None:
    types = {one: mention_type for one, (mention_type, _) in names_by_class().items()}
    wrong = [
        (group.relation, pair)
        for groups in statement_groups().values()
        for group in groups
        for pair in group.pairs
        if not ONTOLOGY.allows(types[pair[0]], group.relation, types[pair[1]])
    ]
    assert wrong == []


def test_there_are_many_names_of_each_type_and_none_twice_in_a_class() -> None:
    counts: Counter[str] = Counter()
    for mention_type, names in names_by_class().values():
        assert len(set(names)) == len(names)
        counts[mention_type] += len(names)
    least = {"person": 250, "organization": 150, "location": 200, "miscellaneous": 120}
    assert all(counts[mention_type] >= few for mention_type, few in least.items())
    assert set(counts) == {mention_type.id for mention_type in ONTOLOGY.mention_types}


def test_what_may_follow_names_relations_of_the_ontology() -> None:
    file = statement_file("templates")
    for table in ("may_follow", "backward"):
        named = {one for key, value in file[table].items() for one in (key, *value.split())}
        assert named <= set(statement_groups())


def test_half_is_stated_and_every_kind_and_relation_comes(made: list[MadeStatement]) -> None:
    assert len(made) == 6000
    assert abs(sum(one.stated for one in made) - 3000) < 60
    assert {one.kind for one in made} == KINDS
    for stated in (True, False):
        counts = Counter(one.relation for one in made if one.stated == stated)
        assert min(counts[relation.id] for relation in ONTOLOGY.relations) > 20
    # The first are as mixed as all, since a part of them may be held aside.
    assert abs(sum(one.stated for one in made[::12]) - 250) < 50


def test_only_what_is_stated_or_symmetric_is_stated(made: list[MadeStatement]) -> None:
    symmetric = {relation.id for relation in ONTOLOGY.relations if relation.symmetric}
    exchanged = [one for one in made if one.kind == "exchanged"]
    assert all(one.stated == (one.relation in symmetric) for one in exchanged)
    assert any(one.stated for one in exchanged)
    assert any(not one.stated for one in exchanged)
    others = [one for one in made if one.kind != "exchanged"]
    assert all(one.stated == (one.kind == "stated") for one in others)


def test_the_text_has_both_names_whole_and_no_slot_is_left(made: list[MadeStatement]) -> None:
    for one in made:
        for name in (one.head, one.tail):
            assert re.search(rf"(?<!\w){re.escape(name)}(?!\w)", one.text), one
        assert not re.search(r"[{}]|\.\.|  |\b(?:the|a|an) the\b|,\.", one.text), one.text
        assert one.text[0].isupper() or not one.text[0].isalpha()
        assert one.text[-1] in '.?!"'
        assert one.head.casefold() not in one.tail.casefold()


def test_a_pronoun_may_stand_for_a_name_that_the_sentence_before_has(
    made: list[MadeStatement],
) -> None:
    led = [one for one in made if re.search(r"\. (?:He|She|His|Her) ", one.text)]
    assert {one.stated for one in led} == {True, False}
    names = {sex: names_by_class()[sex][1] for sex in ("man", "woman")}
    for one in led:
        sex = "man" if re.search(r"\. (?:He|His) ", one.text) else "woman"
        assert any(name in one.text for name in names[sex])


def test_other_names_are_of_a_text_that_says_more_names_than_the_triple(
    made: list[MadeStatement],
) -> None:
    names = [name.removeprefix("the ") for _, some in names_by_class().values() for name in some]
    for one in [one for one in made if one.kind in ("other_names", "listed")][:100]:
        rest = one.text.replace(one.head, "").replace(one.tail, "")
        assert any(name in rest for name in names), one


def test_what_follows_from_the_stated_relation_is_not_called_another(
    made: list[MadeStatement],
) -> None:
    plain = {
        line.split("{t}")[0].split("{h}")[1]: relation
        for relation, kind, line in lines()
        if kind == "stated" and re.fullmatch(r"\{h\} [a-z ]{8,} \{t\}", line)
    }
    follow = statement_file("templates")["may_follow"]
    found = 0
    for one in made:
        said = one.text.removeprefix(one.head).removesuffix(f"{one.tail}.")
        source = plain.get(said)
        if one.kind == "other_relation" and source is not None:
            found += 1
            assert one.relation not in follow.get(source, "").split()
    assert found > 3


def test_the_same_seed_makes_the_same_statements_and_another_makes_others() -> None:
    assert made_statements(ONTOLOGY, 300, seed=1) == made_statements(ONTOLOGY, 300, seed=1)
    one, two = (set(made_statements(ONTOLOGY, 300, seed=seed)) for seed in (1, 2))
    assert len(one & two) < 10


def test_a_claim_has_the_label_in_place_of_the_id(made: list[MadeStatement]) -> None:
    first = made[0]
    judged = first.judged()
    relation = ONTOLOGY.relation(first.relation)
    assert relation is not None
    assert judged.claim.words == f"{first.head}; {relation.label}; {first.tail}"
    assert (judged.claim.text, judged.stated) == (first.text, first.stated)


def test_only_relations_of_the_ontology_are_made() -> None:
    kept = tuple(relation for relation in ONTOLOGY.relations if relation.id in ("P19", "P26"))
    small = Ontology(ONTOLOGY.version, ONTOLOGY.mention_types, kept, ONTOLOGY.digest)
    assert {one.relation for one in made_statements(small, 50, seed=0)} == {"P19", "P26"}
