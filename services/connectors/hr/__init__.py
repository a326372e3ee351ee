"""HR's exports as CSV files (docs/hr-file.md)."""
