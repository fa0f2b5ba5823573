"""The outside world: an ERP and a warehouse that know nothing of Crossdock."""
