"""Real-time dispatch server for last-mile delivery."""

__version__ = "0.1.0"
