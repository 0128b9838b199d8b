"""kgqa: documents into a typed knowledge graph, and questions answered over it."""

__version__ = "0.1.0"
