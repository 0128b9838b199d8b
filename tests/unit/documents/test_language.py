"""Which language a document is in."""

from __future__ import annotations

import pytest

from kgqa.documents.language import detect_language, with_language
from kgqa.documents.layout import Part, lay_out
from kgqa.types import Document


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Karin Vogt wurde am 17. Juli 1954 in Hamburg geboren. Ihr Mann ist Chemiker.", "de"),
        ("La société a son siège à Lyon et emploie trois cents personnes depuis 1950.", "fr"),
        ("La empresa tiene su sede en Valencia y fue fundada por su padre.", "es"),
        ("De schrijver werd geboren in Utrecht en studeerde in Leiden.", "nl"),
        ("Pisarz urodził się w Krakowie w 1901 roku i studiował w Warszawie.", "pl"),
        ("Писатель родился в Москве в 1901 году и учился в Казани.", "ru"),
        (
            "作家は1901年に東京で生まれ、京都で学びました。彼は後に教授になり、本を書きました。",
            "ja",
        ),
        ("The writer was born in Utrecht in 1901 and went to school in Leiden.", "en"),
        ("El puente fue construido en 1932. Une las dos orillas del río.", "es"),
        ("O contrato foi assinado ontem em Lisboa. É válido por cinco anos.", "pt"),
        ("Bron byggdes 1932. Den förbinder flodens båda stränder.", "sv"),
        ("Il ponte fu costruito nel 1932. Collega le due rive del fiume.", "it"),
        ("这座桥建于1932年。它连接河的两岸。", "zh"),
        ("Jeevana Jokali (ಜೀವನ ಜೋಕಾಲಿ) is a 1972 film, directed by Geethapriya.", "en"),
        ("Ela Cheppanu (Telugu: ఎలా చెప్పను , English translation: How Should I Say)", "en"),
        ("Dear Sir, please find our invoice. Jean-Pierre Dubois, Société Générale, Genève", ""),
        ("Charles Eugène Gabriel de La Croix, marquis de Castries, baron des États", ""),
        ("Marie Curie, Pierre Curie, Warsaw, Paris", ""),
        ("1901 12.5 1902 13.7", ""),
        ("José García López, Ana María Pérez, Juan Carlos Fernández de la Torre", ""),
        ("Anna Keller never worked for Siemens.", "en"),
        ("", ""),
    ],
)
def test_languages_are_told_only_where_they_are_sure(text: str, language: str) -> None:
    assert detect_language(text) == language


def test_a_foreign_language_is_part_of_what_a_document_is() -> None:
    document = Document.create("s", "t", "Die Stadt liegt am Ufer der Elbe und hat einen Hafen.")
    german = with_language(document, None)
    assert german.language == "de"
    assert german.digest != document.digest
    assert (german.id, german.text) == (document.id, document.text)
    english = with_language(german, "en")
    assert (english.language, english.digest) == ("en", document.digest)


def test_prose_decides_where_there_is_any() -> None:
    code = "if not found: return value for key in the list of the names and the values"
    parts = [
        Part("code", code * 3),
        Part("prose", "Die Stadt liegt am Ufer der Elbe und hat einen alten Hafen."),
    ]
    document = lay_out("s", parts, stem="stem", format="text")
    assert with_language(document, None).language == "de"


def test_a_long_document_is_looked_at_in_three_places() -> None:
    german = "Die Stadt liegt am Ufer der Elbe und hat einen alten Hafen, den jeder kennt. "
    english = "The town lies on the bank of the river and it has a harbour that everybody knows. "
    parts = [Part("prose", english), *[Part("prose", german * 10)] * 30]
    document = lay_out("s", parts, stem="stem", format="text")
    assert with_language(document, None).language == "de"
