"""The receipt of that stock: 944."""
