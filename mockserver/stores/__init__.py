"""Where records live; simulations do not know."""
