"""What was sold where: 852 and SLSRPT."""
