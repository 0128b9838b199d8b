"""Web pages: their blocks in order, and which are their main text."""
