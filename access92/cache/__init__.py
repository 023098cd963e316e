"""What is kept on disk between runs.

Bytes and tables under a checksum, found again by the fingerprint of all that decided them.
"""
