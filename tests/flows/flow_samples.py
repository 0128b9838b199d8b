"""Small documents for the flow tests."""

from __future__ import annotations

from pathlib import Path

SENTENCES = (
    "Marie Curie was born in Warsaw.",
    "Pierre Curie died in Paris.",
    "Ada Lovelace was born in London.",
    "Alan Turing died in England.",
)


def write_documents(folder: Path, count: int) -> None:
    """`count` files, each with a title of its own and one of the four sentences."""
    for number in range(count):
        text = f"{SENTENCES[number % 4]} This is note {number}.\n"
        (folder / f"note{number:04}.txt").write_text(text)
