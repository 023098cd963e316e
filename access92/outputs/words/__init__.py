"""All French prose of pages, reports and files.

Records and numbers enter, sentences and labels leave.
"""
