"""Small refusals that kinds put together; each passes or names itself and the culprit."""
