"""The models that both data paths use, as the settings name them."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

from kgqa.config import Settings
from kgqa.errors import WeightsError
from kgqa.lm.adapter import own_weights, shipped_weights
from kgqa.lm.encoder import Encoder, load_encoder
from kgqa.ontology import Ontology, load_ontology
from kgqa.qa.reader import Reader
from kgqa.retrieve.retriever import Retriever
from kgqa.retrieve.verbalize import Verbalizer
from kgqa.store.base import GraphStore

if TYPE_CHECKING:
    from kgqa.context.question_gates import QuestionOpener
    from kgqa.extract.extractor import Extractor
    from kgqa.qa.generator import Generator
    from kgqa.qa.graph_answer import GraphReader
    from kgqa.qa.hops import HopReader


class Models:
    """The settings' models, each loaded when first used; they share one backbone."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @functools.cached_property
    def encoder(self) -> Encoder:
        """Gives texts their vectors, with the backbone that all parts share."""
        return load_encoder(self.settings)

    @functools.cached_property
    def ontology(self) -> Ontology:
        """The one that the settings name, or the packaged one."""
        return load_ontology(self.settings.ontology)

    @functools.cached_property
    def extractor(self) -> Extractor:
        """Reads mentions and relations; loaded when first asked for, as all parts."""
        from kgqa.extract.extractor import Extractor  # brings spaCy, which `ask` has no use for

        return Extractor.load(
            self.weights("extractor"),
            self.encoder.backbone,
            self.ontology,
            self.settings.spacy_model,
            self.own_weights("verifier"),
        )

    @functools.cached_property
    def extractor_digest(self) -> str:
        """The extractor's digest, known without loading its network."""
        from kgqa.extract.extractor import extractor_digest

        spacy_model = self.settings.spacy_model
        verifier = self.own_weights("verifier")
        return extractor_digest(self.weights("extractor"), self.ontology, spacy_model, verifier)

    @functools.cached_property
    def reader(self) -> Reader:
        """Points at answers in passages."""
        verbalizer = Verbalizer(self.ontology)
        return Reader.load(
            self.weights("reader"), self.encoder.backbone, verbalizer, self.settings.precision
        )

    @functools.cached_property
    def hop_reader(self) -> HopReader:
        """Follows questions over several steps."""
        from kgqa.qa.hops import HopReader
        from kgqa.qa.question_paths import PathFinder

        return HopReader(self.reader, PathFinder(self.encoder, self.ontology), self.ontology)

    @functools.cached_property
    def graph_reader(self) -> GraphReader:
        """Answers from a given graph alone."""
        from kgqa.qa.graph_answer import GraphReader

        return GraphReader.load(self.weights("context"), self.encoder.backbone, self.labels)

    @functools.cached_property
    def question_opener(self) -> QuestionOpener | None:
        """What the graph network says of a question, for retrieval; None where the folder's
        context weights, or for another backbone the shipped ones, are of no use to it."""
        from kgqa.context.question_gates import QuestionOpener

        backbone = self.encoder.backbone
        return QuestionOpener.load_fitting(self.weights("context"), backbone, self.labels)

    def retriever(self, store: GraphStore) -> Retriever:
        """Retrieval over a store, with the graph network where its weights fit."""
        return Retriever(store, self.encoder, reader=self.question_opener)

    @functools.cached_property
    def labels(self) -> dict[str, str]:
        """Relation id -> words, for relations that a name alone does not tell."""
        return {relation.id: relation.label for relation in self.ontology.relations}

    @functools.cached_property
    def generator(self) -> Generator | None:
        """What the setting `lm` names, with the adapter that `weights` has for it, if it has one;
        None without `lm`."""
        if self.settings.lm is None:
            return None
        from kgqa.lm.causal import load_causal
        from kgqa.qa.generator import Generator

        lm = load_causal(self.settings.lm, self.settings.precision)
        folder = self.own_weights("generator")
        return Generator.load(folder, lm, self.encoder.backbone, Verbalizer(self.ontology))

    def context(self, asked: str | None = None) -> str:
        """The context encoder that is used where `asked` is wanted, by what answers from a store,
        reader or generator; None takes what there is.

        Raises:
            WeightsError: its weights were trained with another one, or without.
        """
        answers = self.generator or self.reader
        own = "none" if answers.subgraphs is None else answers.subgraphs.name
        if asked not in (None, "none", own):
            raise WeightsError(
                f"context {asked!r}: expected weights that were trained with it, got {own!r}; "
                "give others with --weights, or --context none"
            )
        return asked or own

    def weights(self, kind: str) -> Path:
        """The setting's own of that kind, else the shipped."""
        return self.own_weights(kind) or shipped_weights(kind)

    def own_weights(self, kind: str) -> Path | None:
        """What the folder of the setting `weights` has of that kind, as `own_weights` finds it.

        Raises:
            WeightsError: there are no weights of any kind.
        """
        folder = self.settings.weights
        return None if folder is None else own_weights(folder, kind)
