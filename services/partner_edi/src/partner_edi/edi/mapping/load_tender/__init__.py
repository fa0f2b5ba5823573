"""The load tender: 204 and IFTMIN."""
