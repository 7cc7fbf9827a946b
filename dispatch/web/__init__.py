"""HTTP and WebSocket faces of the application."""
