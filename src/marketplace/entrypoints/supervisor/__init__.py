"""One process that starts the others, keeps them running and ends them in order. It imports none of their code."""
