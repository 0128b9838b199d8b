"""Prints what kgqa and the extras that are named depend on, a requirement a line.

python3 docker/requirements.py flows dask > requirements.txt
"""

import sys
import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
extras = [one for name in sys.argv[1:] for one in project["optional-dependencies"][name]]
# An extra that names another one of kgqa's: the caller names that too.
wanted = [one for one in extras if not one.startswith("kgqa[")]
sys.stdout.writelines(f"{one}\n" for one in [*project["dependencies"], *wanted])
