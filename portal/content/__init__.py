"""What staff and partners keep for customers to read: which of it is shown, what a new site starts with, its admin."""
