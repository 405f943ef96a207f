"""Unicode text: normalisation, case folding and identity, the same on every engine."""
