"""Couriers, shoppers and orders that drive the whole server over its real protocols."""
