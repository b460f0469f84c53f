"""What customers and partners type in. Forms repeat kindly what the database demands."""
