"""What the site is compared with: Django's admin over the same tables, written as one would on the first day."""
