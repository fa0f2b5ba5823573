"""Stock that can be ordered: 846 and INVRPT."""
