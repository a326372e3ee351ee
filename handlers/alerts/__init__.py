"""The buttons of an alert's card, and the words of its thread and of a digest."""
