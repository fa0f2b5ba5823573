"""This service's own copy of customers, credit, items and prices, fed by catalog events."""
