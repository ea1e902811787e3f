"""Workbooks (XLSX, ODS, XLS): read by a process of its own, which may die of what somebody sent.

parent.py    starts that process, bounds its memory and time, and hands its rows on
child.py     the process: chooses the sheet and writes its rows into a file
xlsx.py ods.py xls.py    one format each: sheets, and their rows as they stream
values.py    a cell's value as a person would type it
"""
