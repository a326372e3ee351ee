"""The process: it wires, starts and stops."""
