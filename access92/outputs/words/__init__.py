"""All French prose of pages, reports and files: records and numbers enter, sentences and labels leave.

``typography`` writes numbers and spaces, ``labels`` names the codes of the tables, the rest makes sentences of records.
"""
