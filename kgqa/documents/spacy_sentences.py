"""The sentence rule as a spaCy component, `nlp.add_pipe("kgqa_sentences")`.

Importing this module imports spaCy and registers the component.
"""

from __future__ import annotations

from functools import cache

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from kgqa.documents.sentences import sentence_spans


@Language.component("kgqa_sentences")
def set_sentences(doc: Doc) -> Doc:
    """Set `Doc.sents` to the sentences of `sentence_spans`.

    The spans start after white space, where the tokenizer always splits, so that each
    start is the start of a token. White space between sentences stays with the earlier.
    """
    starts = {start for start, _ in sentence_spans(doc.text)}
    for token in doc:
        token.is_sent_start = token.i == 0 or token.idx in starts
    first = next((token for token in doc if not token.is_space), None)
    if first is not None and first.i > 0:
        first.is_sent_start = False
    return doc


@cache
def sentence_pipeline() -> Language:
    """The tokenizer of `spacy.blank("en")` with this component; made once."""
    nlp = spacy.blank("en")
    nlp.max_length = 1_000_000_000
    nlp.add_pipe("kgqa_sentences")
    return nlp
