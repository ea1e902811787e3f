"""Dirty tables in, clean tables out: files, columns, cells, rows and their problems.

The lowest room: plain Python, no Django and no models. An importer reads in this order:

    open_table      reading.py    a CSV file (csv_source.py, encodings.py) or a workbook (workbooks/, read by a process
                                  of its own) as headers, numbered rows and questions to the person (questions.py)
    match_columns   matching.py   which column is which field, by name and synonyms (synonyms.py)
    parsers         cleaning/     one cell of text to one value, or a CellError saying why not
    check_rows      staging.py    every row as values or as problems, with a Report
    csv_stream, xlsx_file         writing.py: any list as a file
"""
