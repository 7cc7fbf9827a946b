"""The compiled search: ruin and recreate over pickups and drop-offs, without the interpreter and without its lock."""
