"""Every error a user can cause. The CLI turns each into one line and exit code 1.

A message says what was expected, what came, and the way out.
"""


class KgqaError(Exception):
    """Base of all errors that kgqa raises on purpose."""


class ConfigError(KgqaError):
    """A setting in kgqa.toml or the environment is unknown or has a bad value."""


class OntologyError(KgqaError):
    """The ontology file is missing, malformed or contradicts itself."""


class DocumentError(KgqaError):
    """A document cannot be read; ingest counts it as a rejection and goes on.

    Args:
        source: where the document came from (a path, `path:line`, or `-`).
        reason: a short stable phrase that reports are grouped by.
        detail: what was expected, what came, and the way out.
    """

    def __init__(self, source: str, reason: str, detail: str = "") -> None:
        super().__init__(f"{source}: {reason}" + (f" ({detail})" if detail else ""))
        self.source = source
        self.reason = reason
        self.detail = detail


class StoreError(KgqaError):
    """The graph store cannot be opened, is not one, or is newer than this code."""


class WeightsError(KgqaError):
    """A weight file is missing, or does not match its checksum, ontology or backbone."""


class FlowError(KgqaError):
    """Prefect is not installed, or its server does not answer."""


class QuestionError(KgqaError):
    """A question or a name is empty, or a question file is malformed."""
