"""The advice of stock on its way to a warehouse: 943."""
