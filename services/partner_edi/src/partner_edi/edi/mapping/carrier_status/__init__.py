"""Where a shipment is: 214 and IFTSTA."""
