"""The front end: one module that plays a payload, its style, and what hosts it in a file of its own."""
