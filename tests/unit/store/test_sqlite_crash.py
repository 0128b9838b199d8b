"""SIGKILL in the middle of writes leaves a whole store."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from store_fixtures import put, resolve, stated

from kgqa.store.open import open_store

DOCUMENTS = 60
_WRITER = """
import sys
sys.path.insert(0, sys.argv[2])
from store_fixtures import put, resolve, stated
from kgqa.store.open import open_store
from kgqa.types import Entity, Triple
with open_store(sys.argv[1]) as store:
    print("open", flush=True)
    for round in range(1000):
        for n in range(60):
            put(store, stated(n, f"Ada {n % 7}", f"Bob {n % 5} {round % 3}"))
            if n % 9 == 0:
                resolve(store)
            if n % 17 == 0:
                store.delete_document(stated(n, "Ada", "Bob").document.id)
        store.upsert([Entity(f"g{n}", "t", f"G{n}") for n in range(500)],
                     [Triple(f"g{n}", "P2", f"g{n // 2}") for n in range(500)])
"""


def test_a_killed_writer_leaves_a_whole_store(tmp_path: Path) -> None:
    path = tmp_path / "killed.db"
    url, draws = f"sqlite:///{path}", random.Random(3)
    for _ in range(6):
        command = [sys.executable, "-c", _WRITER, url, str(Path(__file__).parent)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"open\n"
            time.sleep(draws.uniform(0.0, 0.4))
            writer.send_signal(signal.SIGKILL)
        check_whole(path)

    with open_store(url) as worn, open_store(f"sqlite:///{tmp_path / 'fresh.db'}") as fresh:
        fresh.upsert(worn.entities([f"g{n}" for n in range(500)]),
                     [t for t in worn.all_triples() if t.relation == "P2"])  # fmt: skip
        for store in (worn, fresh):
            for n in range(DOCUMENTS):
                put(store, stated(n, f"Ada {n % 7}", "Bob"))
            resolve(store)
        assert worn.stats() == fresh.stats()


def check_whole(path: Path) -> None:
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.execute("INSERT INTO passage_text (passage_text) VALUES ('integrity-check')")
    connection.close()


def test_a_kill_while_the_file_is_made(tmp_path: Path) -> None:
    code = (
        "import os, sqlite3, sys\n"
        "from kgqa.store import sqlite_file\n"
        "left = int(sys.argv[2])\n"
        "def statements(script):\n"
        "    for n, statement in enumerate(split(script)):\n"
        "        if n == left: os.kill(os.getpid(), 9)\n"
        "        yield statement\n"
        "split, sqlite_file._statements = sqlite_file._statements, statements\n"
        "sqlite_file.connect(sys.argv[1])\n"
    )
    for left in (0, 3, 12):
        path = tmp_path / f"{left}.db"
        killed = subprocess.run([sys.executable, "-c", code, str(path), str(left)], check=False)
        assert killed.returncode == -signal.SIGKILL
        with open_store(f"sqlite:///{path}") as store:
            assert store.stats().documents == 0
        check_whole(path)
