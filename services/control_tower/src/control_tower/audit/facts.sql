-- What the audit reads: one statement per kind of fact, from the store that owns it, and only from
-- the views that store offers. The columns are the fields of the row of that name in facts.py.

-- name: orders @ order_intake
-- Every order and how far its owner says it is.
select order_id, status, customer_id from audit.orders

-- name: order_lines @ order_intake
-- Every order line as its owner counts it, in stock units.
select order_id, line_no, sku, ordered, open, reserved, backordered, shipped, cancelled, invoiced
from audit.order_lines

-- name: stock @ inventory_sync
-- Stock per SKU and warehouse, with what it is made of.
select sku, warehouse_id, on_hand, reserved, opening, received, restocked, adjusted, shipped,
       open_reservations
from audit.stock

-- name: stock_lines @ inventory_sync
-- Every order line as the stock sees it.
select order_id, line_no, sku, reserved, backordered, shipped from audit.order_lines

-- name: shipments @ shipment_tracking
-- Every dispatch and its state.
select shipment_id, order_id, warehouse_id, state from audit.shipments

-- name: shipped_lines @ shipment_tracking
-- What each dispatch was to take, and took.
select shipment_id, order_id, line_no, sku, requested, shipped, short from audit.shipped_lines

-- name: invoices @ invoicing
-- Every invoice with its amounts.
select invoice_id, shipment_id, order_id, customer_id, currency, total, credited, paid, open
from audit.invoices

-- name: invoiced_lines @ invoicing
-- What each invoice bills.
select invoice_id, order_id, line_no, sku, quantity from audit.invoiced_lines

-- name: credit_lines @ invoicing
-- What each credit memo gives back, and for which returned goods.
select credit_memo_id, return_id, invoice_id, order_id, line_no, shipment_id, quantity, total
from audit.credit_lines

-- name: payment_applications @ invoicing
-- Which part of which payment was set against which invoice.
select payment_id, invoice_id, currency, amount from audit.payment_applications

-- name: payments @ invoicing
-- Every payment and how much of it is set against invoices.
select payment_id, customer_id, currency, amount, applied from audit.payments

-- name: receivables @ invoicing
-- The running balance of every customer.
select customer_id, currency, invoiced, credited, paid, balance from audit.receivables

-- name: return_lines @ returns
-- Every returned order line, what the inspection decided, and what of it is to be credited.
select return_id, order_id, line_no, sku, shipment_id, authorized, inspected, creditable, restocked,
       state
from audit.return_lines

-- name: postings @ erp_bridge
-- Every document for the ERP and whether it is booked.
select document_kind, document_id, order_id, state, amount, currency from audit.postings

-- name: documents @ partner_edi
-- Every partner document, in and out.
select document_id, direction, set_code, partner_id, order_id, reference, state from audit.documents

-- name: events @ control_tower
-- Every event that was heard, and what caused it.
select event_id, type, key, order_id, correlation_id, causation_id, trace_id, service
from audit.events

-- name: discarded @ control_tower
-- What the control tower heard and could not read, until a person discarded it.
select event_id from audit.discarded
