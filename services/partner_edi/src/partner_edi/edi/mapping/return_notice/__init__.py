"""The request to send goods back, and its answer: 180."""
