"""A finished run, published: in come its folder and a database, out come tables with keys, indexes and comments."""
