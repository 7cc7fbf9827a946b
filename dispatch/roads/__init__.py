"""Cities and travel times on their roads."""
