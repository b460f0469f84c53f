"""What a number in the docs was measured with. Each module is run with ``make bench-<name>``."""
