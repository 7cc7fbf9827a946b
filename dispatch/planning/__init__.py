"""Deciding who drives where: pure functions on arrays, compared by the objective, judged by the checker."""
