"""Broken and hostile inputs against every reader: refused in French or read, never a traceback, a crash or a hang."""
