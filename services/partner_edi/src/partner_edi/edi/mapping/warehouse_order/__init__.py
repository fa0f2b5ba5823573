"""The warehouse shipping order: 940."""
