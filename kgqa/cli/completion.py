"""`kgqa completion bash|zsh|fish`: a completion script made from the parsers themselves."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from functools import partial

from kgqa.cli.options import Commands, add_verb
from kgqa.cli.output import print_json

SHELLS = ("bash", "zsh", "fish")
_ZSH = """autoload -U +X compinit && compinit
autoload -U +X bashcompinit && bashcompinit
"""


def add(commands: Commands, whole: argparse.ArgumentParser) -> None:
    """`whole` is the command line that the script completes; verbs may still join it."""
    parser = add_verb(
        commands, "completion", "print a shell's completion script", partial(run, whole)
    )
    parser.add_argument("shell", choices=SHELLS, help='use: eval "$(kgqa completion bash)"')


def run(whole: argparse.ArgumentParser, arguments: argparse.Namespace) -> int:
    """Print the script for `whole`; the exit code."""
    levels = command_levels(whole)
    script = fish_script(levels) if arguments.shell == "fish" else bash_script(levels)
    if arguments.shell == "zsh":
        script = _ZSH + script
    if arguments.json:
        print_json({"shell": arguments.shell, "script": script})
    else:
        print(script, end="")
    return 0


@dataclass(frozen=True, slots=True)
class Level:
    """One parser: the verbs that lead to it, the verbs and values it takes, its options."""

    path: tuple[str, ...]
    words: tuple[str, ...]
    options: tuple[str, ...]


def command_levels(parser: argparse.ArgumentParser, path: tuple[str, ...] = ()) -> list[Level]:
    """The parser and all below it, outermost first."""
    words: list[str] = []
    options: list[str] = []
    below: list[Level] = []
    for action in parser._actions:
        options += [flag for flag in action.option_strings if flag.startswith("--")]
        if isinstance(action, argparse._SubParsersAction):
            for verb, child in action.choices.items():
                words.append(verb)
                below += command_levels(child, (*path, verb))
        elif action.choices and not action.option_strings:
            words += [str(choice) for choice in action.choices]
    return [Level(path, tuple(words), tuple(options)), *below]


def bash_script(levels: list[Level]) -> str:
    """For bash, and for zsh through its bashcompinit; files complete where no word fits."""
    cases = "\n".join(
        f'    "{" ".join(level.path)}") words="{" ".join(level.words)}"; '
        f'options="{" ".join(level.options)}" ;;'
        for level in levels
    )
    known = " | ".join(f'"{" ".join(level.path)}"' for level in levels if level.path)
    return f"""_kgqa() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" path="" words="" options="" word i longer
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="${{COMP_WORDS[i]}}"
    longer="${{path:+$path }}$word"
    case "$longer" in
    {known}) path="$longer" ;;
    esac
  done
  case "$path" in
{cases}
  esac
  if [[ "$current" == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  else
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  fi
}}
complete -o bashdefault -o default -F _kgqa kgqa
"""


def fish_script(levels: list[Level]) -> str:
    """For fish; a word is offered where all verbs before it stand and none of its own level."""
    lines = []
    for level in levels:
        seen = "; and ".join(f"__fish_seen_subcommand_from {verb}" for verb in level.path)
        words = " ".join(level.words)
        free = f"not __fish_seen_subcommand_from {words}" if words else ""
        first = "; and ".join(part for part in (seen, free) if part)
        if words:
            lines.append(f"complete -c kgqa -f -n '{first}' -a '{words}'")
        condition = f" -n '{seen}'" if seen else ""
        lines += [f"complete -c kgqa{condition} -l {flag[2:]}" for flag in level.options]
    return "\n".join(dict.fromkeys(lines)) + "\n"
