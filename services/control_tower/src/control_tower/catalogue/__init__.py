"""The catalogue: every event that the mesh can say, for people, as one page without a script."""

from .page import page

__all__ = ["page"]
