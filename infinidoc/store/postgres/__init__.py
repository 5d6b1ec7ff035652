"""A library on a PostgreSQL server; needs psycopg, which `pip install infinidoc[postgres]` brings.

Nothing outside imports this room but `store.backend`, and only for an address of a server.
"""
