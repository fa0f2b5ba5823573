"""What partners hear of their orders after the first answer: stock, changes, credits, returns."""
