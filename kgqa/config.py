"""Settings: command line over environment (KGQA_*) over kgqa.toml over defaults.

An unknown key or a bad value is an error that says where it stands.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from kgqa.errors import ConfigError

_PREFIX = "KGQA_"
# Variables that belong to kgqa but are no settings: where the settings file is, credentials
# of a server, and what tests and evaluations read.
_OTHER_VARIABLES = ("KGQA_CONFIG", "KGQA_SHARED_DATA")
_OTHER_PREFIXES = ("KGQA_TEST_", "KGQA_NEO4J_")
_PATHS = ("ontology", "weights")
_LANGUAGE = re.compile(r"[A-Za-z]{2}")


class Settings(BaseSettings):
    """Everything that can be set, with its default.

    Attributes:
        store: URL of the graph store.
        backbone: `fast` (MiniLM; `packaged` means the same), `accurate` (MPNet, from packages of
            its own), or an encoder's folder or hub id.
        lm: a causal LM's folder or hub id; None reads answers with the backbone alone.
        ontology: a YAML file; None takes the packaged one.
        weights: a folder that `kgqa train` wrote; None takes the shipped weights.
        spacy_model: an installed spaCy pipeline's name or folder; None only cuts words.
        precision: `bf16`, `fp32`, `int8` (8-bit products where answers are read, the rest as
            `auto`), or `auto`, what this processor does faster.
        threads: of the processor; None leaves it to torch.
        max_document_bytes: a larger file is rejected.
        language: of all documents, ISO 639-1; None detects each document's own.
        xml_element: the element of XML files whose text is a document.
        passage_characters: the most characters of a passage.
        flow_runner: what extracts in a flow: `threads` of its own process, or workers of
            `dask` or `ray`.
        flow_workers: batches that a flow extracts at once.
        flow_address: a Dask scheduler or Ray cluster that is there; None starts a local one.
        tracing: make OpenTelemetry spans around batches, documents and questions.
    """

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_ignore_empty=True, extra="forbid", frozen=True
    )

    store: str = Field("sqlite:///kgqa.db", min_length=1)
    backbone: str = Field("packaged", min_length=1)
    lm: str | None = None
    ontology: Path | None = None
    weights: Path | None = None
    spacy_model: str | None = None
    precision: Literal["auto", "bf16", "fp32", "int8"] = "auto"
    # Thousands of threads end in a crash of the runtime below torch.
    threads: int | None = Field(None, ge=1, le=1024)
    max_document_bytes: int = Field(20_000_000, ge=1)
    language: str | None = None
    xml_element: str | None = Field(None, min_length=1)
    passage_characters: int = Field(1000, ge=100)
    flow_runner: Literal["threads", "dask", "ray"] = "threads"
    flow_workers: int = Field(1, ge=1, le=1024)
    flow_address: str | None = None
    tracing: bool = False

    @field_validator(
        "threads", "max_document_bytes", "passage_characters", "flow_workers", mode="before"
    )
    @classmethod
    def _no_boolean(cls, value: object) -> object:
        # pydantic takes TOML's `true` for 1.
        if isinstance(value, bool):
            raise ValueError("input should be a whole number")
        return value

    @field_validator("language")
    @classmethod
    def _language_code(cls, value: str | None) -> str | None:
        if value is not None and not _LANGUAGE.fullmatch(value):
            raise ValueError("expected two letters of ISO 639-1 such as en or de")
        return value and value.lower()


def load_settings(config: Path | None = None, **overrides: object) -> Settings:
    """Read the settings.

    Args:
        config: a TOML file; None takes `KGQA_CONFIG`, else `kgqa.toml` in the working folder
            if there is one.
        overrides: win over everything else; None counts as not given.

    Raises:
        ConfigError: an unknown key, a bad value, malformed TOML, or a named file that is absent.
    """
    path = _config_path(config)
    from_file = _read_toml(path) if path else {}
    given = {key: value for key, value in overrides.items() if value is not None}
    variables = _variables()
    _refuse_unknown(given, "settings")
    # Arguments win over the environment, so the file yields here to what a variable sets.
    kept = {key: value for key, value in from_file.items() if key not in variables}
    try:
        return Settings(**{**kept, **given})
    except ValidationError as error:
        fault = error.errors()[0]
        key = str(fault["loc"][0])
        if key in given:
            where = key
        elif key in variables:
            where = variables[key]
        else:
            where = f"{path}: {key}"
        said = fault["msg"].removeprefix("Value error, ")
        reason = said[:1].lower() + said[1:]
        raise ConfigError(f"{where}: {reason}, got {fault['input']!r}") from error


def _config_path(config: Path | None) -> Path | None:
    named = config or (Path(os.environ["KGQA_CONFIG"]) if os.environ.get("KGQA_CONFIG") else None)
    usual = Path("kgqa.toml")
    if named is None and os.path.lexists(usual) and not usual.is_file():
        raise ConfigError(f"{usual}: expected a file, got a folder or a broken link; remove it")
    if named is None:
        return usual if usual.is_file() else None
    if named.is_dir():
        raise ConfigError(
            f"{named}: expected a settings file, got a folder; correct --config or KGQA_CONFIG"
        )
    if not named.is_file():
        raise ConfigError(f"{named}: no such settings file; correct --config or KGQA_CONFIG")
    return named


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: expected a readable UTF-8 file; {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: expected TOML; {error}") from error
    _refuse_unknown(content, str(path))
    # A relative path in the file is meant from where the file stands.
    placed = {
        key: path.parent / Path(content[key]).expanduser()
        for key in _PATHS
        if isinstance(content.get(key), str)
    }
    return {**content, **placed}


def _variables() -> dict[str, str]:
    """Setting -> name of the environment variable that sets it."""
    found = {}
    for name in os.environ:
        upper = name.upper()
        if not upper.startswith(_PREFIX) or upper in _OTHER_VARIABLES:
            continue
        if upper.startswith(_OTHER_PREFIXES):
            continue
        key = upper.removeprefix(_PREFIX).lower()
        _refuse_unknown({key: name}, f"environment variable {name}")
        if os.environ[name]:
            found[key] = name
    return found


def _refuse_unknown(keys: Mapping[str, object], where: str) -> None:
    allowed = list(Settings.model_fields)
    for key in keys:
        if key not in allowed:
            close = difflib.get_close_matches(key, allowed, n=1)
            hint = f" (did you mean {close[0]!r}?)" if close else ""
            raise ConfigError(
                f"{where}: unknown setting {key!r}{hint}; allowed: {', '.join(allowed)}"
            )
