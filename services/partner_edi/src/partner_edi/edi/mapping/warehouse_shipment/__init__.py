"""The warehouse shipping advice: 945."""
