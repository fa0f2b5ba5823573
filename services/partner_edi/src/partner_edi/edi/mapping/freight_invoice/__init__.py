"""The carrier's bill: 210."""
