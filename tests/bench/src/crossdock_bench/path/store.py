"""The one business write, as every peer makes it."""

HEAR = """
    insert into orders_heard (order_id, customer_id, lines, heard_at) values ($1, $2, $3, $4)
"""
