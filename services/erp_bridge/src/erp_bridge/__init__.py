"""The bridge to the ERP: its master data in, our postings out."""
