"""What the files in docker/ name is there: paths, variables, commands, services, volumes."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect.settings import Settings as PrefectSettings

from kgqa.cli.main import build_parser
from kgqa.config import Settings

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "docker"
COMPOSE = yaml.safe_load((DOCKER / "compose.yaml").read_text())
DOCKERFILE = (DOCKER / "Dockerfile").read_text()
KGQA_VARIABLES = {f"KGQA_{name.upper()}" for name in Settings.model_fields} | {
    "KGQA_NEO4J_USER",
    "KGQA_NEO4J_PASSWORD",
}


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = COMPOSE["services"]
    return found


OURS = {name: one for name, one in services().items() if one.get("image") == "kgqa"}


def prefect_variables() -> set[str]:
    """Every name under which Prefect reads a setting from the environment."""
    from prefect.settings.legacy import _get_settings_fields

    return set(_get_settings_fields(PrefectSettings))


def instructions(name: str) -> list[list[str]]:
    joined = re.sub(r"\\\n\s*", " ", DOCKERFILE)
    return [shlex.split(line)[1:] for line in joined.splitlines() if line.startswith(f"{name} ")]


def check_variable(name: str) -> None:
    if name.startswith("KGQA_"):
        assert name in KGQA_VARIABLES
    elif name.startswith("PREFECT_"):
        assert name in prefect_variables()


def test_the_dockerfile_copies_what_is_there_and_dockerignore_lets_it_in() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().split() if line[0] == "!"}
    for words in instructions("COPY"):
        if words[0].startswith("--from"):
            continue
        for source in words[:-1]:
            assert (ROOT / source).exists(), source
            assert source in let_in, source


def test_the_dockerfile_has_stages_a_user_and_a_working_health_check() -> None:
    assert len(instructions("FROM")) == 2
    assert all(words[0] == "${BASE_IMAGE}" for words in instructions("FROM"))
    assert instructions("USER") == [["kgqa"]]
    for [assigned, *more] in instructions("ENV"):
        for word in [assigned, *more]:
            check_variable(word.partition("=")[0])
    command = re.search(r"HEALTHCHECK .* CMD \[(.*)\]", DOCKERFILE)
    assert command
    words = re.findall(r'"([^"]+)"', command[1])
    assert words[0] == "kgqa"
    build_parser().parse_args(words[1:])


@pytest.mark.parametrize("name", sorted(OURS))
def test_a_service_s_command_and_variables_exist(name: str) -> None:
    service = OURS[name]
    for variable in service.get("environment", {}):
        check_variable(variable)
    if service.get("entrypoint") != ["prefect"]:
        build_parser().parse_args(service["command"])
        return
    from prefect.cli import _app as prefect_cli

    command, _, _ = prefect_cli._app.parse_args(  # parses, runs nothing
        service["command"], print_error=False, exit_on_error=False
    )
    assert callable(command)


@pytest.mark.parametrize("name", sorted(OURS))
def test_a_service_s_volumes_ports_and_dependences_exist(name: str) -> None:
    service, every = OURS[name], services()
    if "build" in service:
        assert (DOCKER / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
    for dependence, condition in service.get("depends_on", {}).items():
        assert condition == {"condition": "service_healthy"}
        assert "healthcheck" in every[dependence]
    for volume in service.get("volumes", []):
        default = re.match(r"\$\{\w+:-([^}]+)\}:", volume)
        if default:
            assert (DOCKER / default[1]).resolve().is_dir()
        else:
            named, _, inside = volume.partition(":")
            assert named in COMPOSE["volumes"]
            assert inside == "/graph"  # the folder that the image's user owns
    for port in service.get("ports", []):
        host, outer, inner = port.split(":")
        assert (host, outer) == ("127.0.0.1", inner)
        assert inner in service["command"]
    url = service.get("environment", {}).get("PREFECT_API_URL")
    if url:
        assert url == "http://prefect:4200/api"
        assert "4200" in every["prefect"]["command"]


def test_requirements_are_those_of_the_project_and_the_extras_named() -> None:
    words = [sys.executable, str(DOCKER / "requirements.py"), "flows", "dask"]
    printed = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names = {re.split(r"[=<>]", line)[0] for line in printed.splitlines()}
    assert {"torch", "spacy", "prefect", "prefect-dask"} <= names
    assert "prefect-ray" not in names
    assert not any(name.startswith("kgqa") for name in names)


def test_the_check_names_what_is_there_and_its_programs() -> None:
    script = DOCKER / "check.sh"
    subprocess.run(["sh", "-n", str(script)], check=True)
    text = script.read_text()
    for path in re.findall(r"(?:docker|data)/[\w/.]+", text):
        assert (ROOT / path).exists(), path
    assert "sh docker/check.sh" in (ROOT / "Makefile").read_text()
    arguments = {words[0].partition("=")[0] for words in instructions("ARG")}
    assert set(re.findall(r"--build-arg (\w+)=", text)) == arguments
    mounted = set(re.findall(r"type=secret,id=(\w+)", DOCKERFILE))
    assert set(re.findall(r"--secret id=(\w+)", text)) == mounted


def test_the_check_says_in_one_line_what_is_not_installed(tmp_path: Path) -> None:
    for name in ("dirname", "mktemp", "id", "rm", "sh"):
        found = shutil.which(name)
        assert found
        (tmp_path / name).symlink_to(found)
    ended = subprocess.run(
        ["sh", str(DOCKER / "check.sh")],
        env={"PATH": str(tmp_path)},
        executable=shutil.which("sh"),
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 1
    [line] = ended.stderr.splitlines()
    assert "apt-get install podman runc debootstrap" in line or "expected to run as root" in line


def test_pip_s_settings_reach_the_build_each_once_and_the_environment_s_win(tmp_path: Path) -> None:
    text = (DOCKER / "check.sh").read_text()
    function = re.search(r"^pip_settings\(\) \{\n.*?^\}\n", text, re.MULTILINE | re.DOTALL)
    assert function
    given = tmp_path / "given.conf"
    given.write_text(
        "[global]\nindex-url = https://file.example/simple\n"
        "extra-index-url = https://a.example/simple\n    https://b.example/simple\n"
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    own = [str(Path(sys.executable).parent)] if find_spec("pip") else []  # uv puts none there
    pip = {**kept, "PATH": os.pathsep.join([*own, os.environ["PATH"]]), "WORK": str(tmp_path)}
    made = subprocess.run(
        ["sh", "-euc", function[0] + "pip_settings"],
        env={**pip, "PIP_CONFIG_FILE": str(given), "PIP_INDEX_URL": "https://set.example/simple"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert made.splitlines() == [
        "[global]",
        "index-url = https://set.example/simple",
        "extra-index-url = https://a.example/simple https://b.example/simple",
    ]
