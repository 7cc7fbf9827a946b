"""Couriers, orders and watchers that drive a running server from outside, and measure what it does."""
