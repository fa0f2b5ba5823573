"""The answer to a load tender: 990."""
