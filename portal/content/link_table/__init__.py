"""The links of one owner as a table: out as CSV or XLSX, and in again after a preview.

``columns`` says what stands in it, ``exporting`` writes it, ``comparing`` holds a file against what is there and
``writing`` makes it so. A table belongs to one owner: to all customers, or to one partner's.
"""
