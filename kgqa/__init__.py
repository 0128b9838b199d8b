"""kgqa: documents into a typed knowledge graph, and questions answered over it."""

import os

__version__ = "0.1.0"

# NumPy's matrix products are small here. OpenBLAS's threads would go on spinning after each,
# beside torch's: on two cores the next pass through the network then takes twice as long.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
