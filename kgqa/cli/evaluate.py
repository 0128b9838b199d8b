"""placeholder while the rest is tried"""
import argparse
from kgqa.cli.options import Commands
def add(commands: Commands) -> None: ...
