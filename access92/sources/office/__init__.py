"""Tables as offices keep them: workbooks and CSV exports with titles above the headings, columns under their own names.

Files enter (``sheets``, ``ods``, ``cells``: those of a workbook as text), rows become a table (``heads``: which rows
are titles, headings, remarks below), headings are matched by meaning with the columns that a reader asks for
(``meanings``, ``meanings.toml``), and ``service_columns`` makes a table of services of them. What was read otherwise
than it is written leaves as French sentences: nothing is matched in silence.
"""
