"""Markup that people type: reStructuredText, Org and LaTeX."""
