"""The compiled part of map matching: arrays in, arrays out."""
