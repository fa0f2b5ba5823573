"""Documents and canonical values: the sets the service trades in, one module each."""
