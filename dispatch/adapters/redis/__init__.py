"""What may be lost at any moment: the copy of the event stream, and positions. Keys of a zone share one hash tag."""
