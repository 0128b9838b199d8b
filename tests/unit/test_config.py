from __future__ import annotations

import os
from pathlib import Path

import pytest

from kgqa.config import Settings, load_settings
from kgqa.errors import ConfigError


@pytest.fixture(autouse=True)
def _clean_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.upper().startswith("KGQA_")]:
        monkeypatch.delenv(name)


def test_defaults() -> None:
    settings = load_settings()
    assert settings == Settings()
    assert settings.store == "sqlite:///kgqa.db"
    assert settings.backbone == "packaged"
    assert settings.precision == "auto"
    assert settings.passage_characters == 1000
    assert settings.max_document_bytes == 20_000_000
    assert settings.lm is settings.weights is settings.ontology is settings.threads is None


def test_argument_over_environment_over_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kgqa.toml").write_text('store = "sqlite:///file.db"\nthreads = 2\n')
    assert load_settings().store == "sqlite:///file.db"
    monkeypatch.setenv("KGQA_STORE", "sqlite:///variable.db")
    assert load_settings().store == "sqlite:///variable.db"
    assert load_settings(store="sqlite:///argument.db").store == "sqlite:///argument.db"
    assert load_settings(store=None).store == "sqlite:///variable.db"
    assert load_settings().threads == 2


def test_an_empty_variable_counts_as_unset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kgqa.toml").write_text("threads = 2\n")
    monkeypatch.setenv("KGQA_THREADS", "")
    assert load_settings().threads == 2


def test_named_file_by_argument_and_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kgqa.toml").write_text("threads = 1\n")
    (tmp_path / "two.toml").write_text("threads = 2\n")
    (tmp_path / "three.toml").write_text("threads = 3\n")
    monkeypatch.setenv("KGQA_CONFIG", "two.toml")
    assert load_settings().threads == 2
    assert load_settings(Path("three.toml")).threads == 3


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "kgqa.toml").write_text('weights = "w"\nontology = "/o.yaml"\n')
    settings = load_settings(tmp_path / "sub" / "kgqa.toml")
    assert settings.weights == tmp_path / "sub" / "w"
    assert settings.ontology == Path("/o.yaml")


def test_unknown_key_names_key_file_match_and_allowed_keys(tmp_path: Path) -> None:
    (tmp_path / "kgqa.toml").write_text('stroe = "x"\n')
    with pytest.raises(ConfigError) as caught:
        load_settings()
    text = str(caught.value)
    assert text.startswith("kgqa.toml: unknown setting 'stroe' (did you mean 'store'?); allowed: ")
    assert all(name in text for name in Settings.model_fields)


def test_unknown_variable_is_refused_and_known_others_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("KGQA_TEST_URL", "KGQA_NEO4J_USER", "KGQA_SHARED_DATA"):
        monkeypatch.setenv(name, "x")
    assert load_settings() == Settings()
    monkeypatch.setenv("KGQA_PRECISON", "fp32")
    with pytest.raises(ConfigError, match=r"KGQA_PRECISON: .*did you mean 'precision'"):
        load_settings()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('precision = "fp8"', r"kgqa\.toml: precision: .*'bf16', 'fp32' or 'int8', got 'fp8'"),
        ('threads = "many"', r"kgqa\.toml: threads: .*integer.*got 'many'"),
        ("threads = 0", r"kgqa\.toml: threads: .*greater than or equal to 1, got 0"),
        ("passage_characters = 5", r"kgqa\.toml: passage_characters: .*100, got 5"),
        ("store = 5", r"kgqa\.toml: store: .*string, got 5"),
        ("weights = 5", r"kgqa\.toml: weights: .*got 5"),
    ],
)
def test_bad_value_in_the_file(tmp_path: Path, line: str, expected: str) -> None:
    (tmp_path / "kgqa.toml").write_text(line + "\n")
    with pytest.raises(ConfigError, match=expected):
        load_settings()


def test_bad_value_names_the_variable_or_argument(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match=r"^threads: .*got 'x'"):
        load_settings(threads="x")
    monkeypatch.setenv("KGQA_THREADS", "x")
    with pytest.raises(ConfigError, match=r"^KGQA_THREADS: .*got 'x'"):
        load_settings()


def test_malformed_toml_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "kgqa.toml").write_text('store = "a"\nthreads = = 2\n')
    with pytest.raises(ConfigError, match=r"kgqa\.toml: expected TOML; .*line 2"):
        load_settings()


def test_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: no such settings file"):
        load_settings(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match="expected a settings file, got a folder"):
        load_settings(tmp_path)
    (tmp_path / "kgqa.toml").write_bytes(b"store = '\xff'")
    with pytest.raises(ConfigError, match="expected a readable UTF-8 file"):
        load_settings()


def test_settings_cannot_change() -> None:
    settings = load_settings()
    with pytest.raises(ValueError, match="frozen"):
        settings.store = "x"  # type: ignore[misc]


@pytest.mark.parametrize("line", ["threads = true", "threads = 99999", "passage_characters = true"])
def test_whole_numbers_are_neither_booleans_nor_absurd(tmp_path: Path, line: str) -> None:
    (tmp_path / "kgqa.toml").write_text(line)
    key = line.split()[0]
    with pytest.raises(ConfigError, match=rf"^kgqa\.toml: {key}: input should be "):
        load_settings()


def test_a_broken_link_in_place_of_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "kgqa.toml").symlink_to("nowhere.toml")
    with pytest.raises(ConfigError, match="broken link"):
        load_settings()


def test_a_language_is_two_letters_in_any_case(tmp_path: Path) -> None:
    (tmp_path / "kgqa.toml").write_text('language = "DE"\nxml_element = "body"\n')
    settings = load_settings()
    assert (settings.language, settings.xml_element) == ("de", "body")
    with pytest.raises(ConfigError, match=r"^language: expected two letters .*, got 'german'$"):
        load_settings(language="german")
