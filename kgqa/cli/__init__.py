"""The command line: one thin module per verb, each over functions that work without it."""
