"""What loadtest/compare is made of: one job a file, the standard library alone."""
