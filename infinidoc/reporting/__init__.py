"""A document on one page: what was read, kept, summarized and asked, as a file for a browser."""
