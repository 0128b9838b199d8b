"""Triple files in their forms, and relation names in words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kgqa.documents.triples import (
    GivenTriple,
    load_triples,
    read_triples,
    relation_words,
)
from kgqa.errors import DocumentError
from kgqa.types import Rejection

CRUISE = GivenTriple("Top Gun", "starred_actors", "Tom Cruise")
YEAR = GivenTriple("#1 Fan", "release_year", "1986")

FORMS = {
    "bars": "Top Gun|starred_actors|Tom Cruise\n#1 Fan|release_year|1986\n",
    "tabs": "Top Gun\tstarred_actors\tTom Cruise\r\n\r\n#1 Fan\trelease_year\t1986",
    "titles": "head\trelation\ttail\nTop Gun\tstarred_actors\tTom Cruise\n"
    "#1 Fan\trelease_year\t1986\n",
    "mark": "\ufeffTop Gun|starred_actors|Tom Cruise\n#1 Fan| release_year |1986\n",
    "records": "\n".join(
        json.dumps({"head": t.head, "relation": t.relation, "tail": t.tail, "score": 1})
        for t in (CRUISE, YEAR)
    ),
    "lists": "\n".join(json.dumps([t.head, t.relation, t.tail]) for t in (CRUISE, YEAR)),
}


def write(folder: Path, content: str | bytes) -> Path:
    path = folder / "kb.txt"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("form", FORMS)
def test_each_form_gives_the_same_triples(tmp_path: Path, form: str) -> None:
    assert list(read_triples(write(tmp_path, FORMS[form]))) == [CRUISE, YEAR]


def test_a_bar_inside_a_tab_separated_name_stays(tmp_path: Path) -> None:
    path = write(tmp_path, "a|b\tr\tc\na|b\tr\td\n")
    assert list(read_triples(path)) == [GivenTriple("a|b", "r", "c"), GivenTriple("a|b", "r", "d")]


def test_a_malformed_line_is_a_rejection_with_its_number(tmp_path: Path) -> None:
    lines = [b"a|r|b", b"no triple", b"", b"a||b", b"a|r|caf\xe9", b"c|r|d|e", b"c|r|d"]
    path = write(tmp_path, b"\n".join(lines))
    found = list(read_triples(path))
    rejections = [one for one in found if isinstance(one, Rejection)]
    assert [one for one in found if not isinstance(one, Rejection)] == [
        GivenTriple("a", "r", "b"),
        GivenTriple("c", "r", "d"),
    ]
    assert [(r.source, r.reason) for r in rejections] == [
        (f"{path}:2", "malformed triple"),
        (f"{path}:4", "empty name"),
        (f"{path}:5", "unknown encoding"),
        (f"{path}:6", "malformed triple"),
    ]
    assert rejections[0].detail == "expected head|relation|tail, got 'no triple'"


def test_malformed_json_lines_are_rejections(tmp_path: Path) -> None:
    lines = ['["a", "r", "b"]', '["a", "r"]', '{"head": "a"}', "{", '["a", "\\ud800", "b"]']
    reasons = [
        one.reason
        for one in read_triples(write(tmp_path, "\n".join(lines)))
        if isinstance(one, Rejection)
    ]
    assert reasons == ["malformed triple", "missing field", "malformed JSON", "binary"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [("", "empty"), ("\n \n", "empty"), ("a text\nof words\n", "no triples"), ("a\0", "binary")],
)
def test_a_file_of_no_form_is_refused(tmp_path: Path, content: str, reason: str) -> None:
    with pytest.raises(DocumentError) as caught:
        list(read_triples(write(tmp_path, content)))
    assert caught.value.reason == reason
    assert "expected" in str(caught.value)


def test_a_file_that_is_not_there_or_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"none\.txt: no such file"):
        load_triples(tmp_path / "none.txt")
    with pytest.raises(DocumentError, match="unreadable"):
        load_triples(tmp_path)


def test_a_loaded_file_has_each_triple_once_and_its_rejections(tmp_path: Path) -> None:
    found = load_triples(write(tmp_path, "a|r|b\nbroken\na|r|b\nb|r|a\n"))
    assert found.triples == (GivenTriple("a", "r", "b"), GivenTriple("b", "r", "a"))
    assert [rejection.reason for rejection in found.rejections] == ["malformed triple"]
    with pytest.raises(DocumentError, match="every line was rejected"):
        load_triples(write(tmp_path, "a||b\n"))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("film.actor.film", "film actor film"),
        ("/people/person/place_of_birth", "people person place of birth"),
        ("/film/film/genre", "film genre"),
        ("__common__topic__notable_types", "notable types"),
        ("__soccer__football_player__position_s", "soccer football player position"),
        ("/base/aareas/schema/administrative_area/capital", "administrative area capital"),
        ("/people/person/spouse_s./people/marriage/location_of_ceremony",
         "people person spouse location of ceremony"),
        ("/olympics/olympic_sport/athletes", "olympic sport athletes"),
        ("/sports/team/roster./baseball/roster_position/rosters", "sports team roster"),
        ("starred_actors", "starred actors"),
        ("directedBy", "directed by"),
        ("directed by", "directed by"),
        ("DIRECTED_BY", "directed by"),
        ("cause_of_death", "cause of death"),
        ("sub-class-of", "sub class of"),
        ("hasIMDBRating", "has imdb rating"),
        ("dbo:birthPlace", "birth place"),
        ("<http://example.org/ontology/birthPlace>", "birth place"),
        ("http://example.org/schema#birthPlace", "birth place"),
        ("/r/IsA", "is a"),
        ("né à", "né à"),
        ("P57", "P57"),
        ("///", "///"),
        ("___", "___"),
    ],
)  # fmt: skip
def test_relation_names_become_words(name: str, words: str) -> None:
    assert relation_words(name) == words


def test_a_label_is_what_a_known_relation_is_called() -> None:
    labels = {"P57": "director", "directed_by": "Regisseur"}
    assert relation_words("P57", labels) == "director"
    assert relation_words("http://www.example.org/prop/direct/P57", labels) == "director"
    assert relation_words("wdt:P57", labels) == "director"
    assert relation_words("directed_by", labels) == "Regisseur"
    assert relation_words("P58", labels) == "P58"
