"""A real Neo4j Community server out of Maven Central's jars, for the tests.

    python tests/neo4j/server.py [--version 2026.08.1]     starts one by hand, until Ctrl-C

The jars lie in `.cache/neo4j/VERSION/lib`; Maven fetches them once. A server has a home of
its own, listens on a free port of 127.0.0.1, and is stopped by its process id.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import neo4j
from neo4j.exceptions import ServiceUnavailable, TransientError

ROOT = Path(__file__).parents[2]
LTS, CURRENT = "5.26.30", "2026.08.1"
"""The two lines of Neo4j that kgqa is tested on: Java 17 and later, and Java 21 and later."""
PASSWORD = "kgqa-test-password"
HEAP, PAGE_CACHE = "512m", "64m"
_START_SECONDS = 120
_STOP_SECONDS = 60
_OLDEST_JAVA = {"5": 17, "2026": 21}
_MAIN = {"5": "org.neo4j.server.CommunityEntryPoint", "2026": "org.neo4j.server.Neo4jCommunity"}
# What Neo4j's own launcher passes (conf/neo4j.conf of the distribution).
OPENED = tuple(
    f"--add-opens=java.base/{package}=ALL-UNNAMED"
    for package in ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")
)
"""What Neo4j's own launchers open to it."""
_JVM = (
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=4",
    "-Dfile.encoding=UTF-8",
    "-Djdk.nio.maxCachedBufferSize=1024",
    "-Dio.netty.tryReflectionSetAccessible=true",
    "-Dlog4j2.disable.jmx=true",
    "--add-modules=jdk.incubator.vector",
    "--enable-native-access=ALL-UNNAMED",
)


class NoServerError(RuntimeError):
    """Neo4j cannot be had here; the message says what is missing."""


def line_of(version: str) -> str:
    return version.split(".")[0]


def java_for(version: str) -> Path:
    """The oldest Java found that the server takes.

    Raises:
        NoServerError: there is none.
    """
    least = _OLDEST_JAVA[line_of(version)]
    places = [Path(home) for name in ("JAVA_HOME", "JDK_HOME") if (home := os.environ.get(name))]
    places += sorted(Path("/usr/lib/jvm").glob("*")) + sorted(Path("/opt").glob("*jdk*"))
    on_path = shutil.which("java")
    binaries = [place / "bin" / "java" for place in places] + ([Path(on_path)] if on_path else [])
    found: dict[int, Path] = {}
    for binary in binaries:
        if binary.is_file() and (release := _java_release(binary)) >= least:
            found.setdefault(release, binary)
    if not found:
        raise NoServerError(f"Neo4j {version} needs a JDK {least} or later, and there is none")
    return found[min(found)]


def _java_release(binary: Path) -> int:
    said = subprocess.run([binary, "-version"], capture_output=True, text=True, check=False).stderr
    match = re.search(r'version "(\d+)', said)
    return int(match[1]) if match else 0


def jars(version: str) -> Path:
    """The folder with the server's jars, fetched where it is not complete.

    Raises:
        NoServerError: Maven is missing or cannot reach its repository.
    """
    folder = ROOT / ".cache" / "neo4j" / version / "lib"
    complete = folder.parent / "complete"
    if complete.exists():
        return folder
    maven = shutil.which("mvn")
    if maven is None:
        raise NoServerError("there is no Maven (mvn) to fetch Neo4j's jars with")
    command = [maven, "-q", "-B", "-f", str(ROOT / "tests" / "neo4j" / "pom.xml")]
    command += ["dependency:copy-dependencies", f"-Dneo4j.version={version}"]
    command += [f"-DoutputDirectory={folder}", "-DincludeScope=runtime"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NoServerError(f"Maven cannot fetch Neo4j {version}: {done.stdout[-400:]}")
    complete.touch()
    return folder


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """One server; `start` and `stop` may be called again, the graph stays."""

    version: str
    home: Path
    port: int = field(default_factory=free_port)
    plugins: tuple[Path, ...] = ()
    settings: tuple[str, ...] = ()
    heap: str = HEAP
    page_cache: str = PAGE_CACHE
    _process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"neo4j://{self.address}/neo4j"

    def start(self) -> None:
        """Returns once Bolt answers.

        Raises:
            NoServerError: no Java, no jars, or the server ended or did not answer.
        """
        java, library = java_for(self.version), jars(self.version)
        self.configure()
        command = [str(java), f"-Xms{self.heap}", f"-Xmx{self.heap}", *_JVM, *OPENED]
        places = f"{self.home / 'plugins'}/*:{library}/*"  # as the launcher has them
        command += ["-cp", places, _MAIN[line_of(self.version)]]
        command += [f"--home-dir={self.home}", f"--config-dir={self.home / 'conf'}"]
        log = (self.home / "console.log").open("ab")
        with log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.home
            )
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def configure(self) -> None:
        for name in ("conf", "logs", "data", "plugins", "import"):
            (self.home / name).mkdir(parents=True, exist_ok=True)
        for jar in self.plugins:
            shutil.copy(jar, self.home / "plugins")
        lines = [
            f"server.bolt.listen_address={self.address}",
            f"server.bolt.advertised_address={self.address}",
            "server.http.enabled=false",
            "server.https.enabled=false",
            f"server.memory.pagecache.size={self.page_cache}",
            "dbms.usage_report.enabled=false",
            *self.settings,
        ]
        (self.home / "conf" / "neo4j.conf").write_text("\n".join(lines) + "\n")

    def _wait(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                raise NoServerError(f"Neo4j {self.version} ended at once: {self._log()}")
            with (
                # Bolt may answer before the system database does.
                contextlib.suppress(OSError, TransientError, ServiceUnavailable),
                socket.create_connection(("127.0.0.1", self.port), timeout=1),
            ):
                self._set_password()
                return
            time.sleep(0.1)
        raise NoServerError(f"Neo4j {self.version} did not answer: {self._log()}")

    def _set_password(self) -> None:
        """A fresh server has the password `neo4j`, which it wants changed first."""
        for password in (PASSWORD, "neo4j"):
            auth = ("neo4j", password)
            with neo4j.GraphDatabase.driver(f"bolt://{self.address}", auth=auth) as driver:
                try:
                    driver.verify_connectivity()
                    if password == PASSWORD:
                        return
                except neo4j.exceptions.AuthError:
                    continue
                except neo4j.exceptions.ClientError:
                    pass  # the credentials have expired, and only this statement is allowed
                driver.execute_query(
                    "ALTER CURRENT USER SET PASSWORD FROM $old TO $new",
                    old=password,
                    new=PASSWORD,
                    database_="system",
                )
                return
        raise NoServerError(f"Neo4j {self.version} takes neither its first password nor ours")

    def _log(self) -> str:
        return (self.home / "console.log").read_text(errors="replace")[-2_000:]

    def processor_seconds(self) -> float:
        """What the running server has used of the processors, user and system (Linux)."""
        assert self._process is not None, "the server is not running"
        stat = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        """End it as an operator would; where it does not follow, end it hard."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--version", default=LTS)
    parser.add_argument("--port", type=int, default=7687)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        server = Server(arguments.version, Path(home), arguments.port)
        server.start()
        sys.stdout.write(f"{server.url} user neo4j password {PASSWORD}\n")
        sys.stdout.flush()
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            pass
        finally:
            server.stop()


if __name__ == "__main__":
    main()
