"""Writes tests/data/sheets/meaning/written.{xls,xlsx,ods} with xlwt, openpyxl and odfpy.

The same list in each: ids with leading zeros by their format, a day of leaving as a date, a department
merged over two rows, and a formula that nobody has calculated. Run it in the folder of the project:
pip install xlwt openpyxl odfpy; python3 tests/data/writers/write_sheets.py
"""

import datetime

import openpyxl
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.style import Style
from odf.number import Number, NumberStyle
from odf.table import CoveredTableCell, Table, TableCell, TableRow
from odf.text import P

FOLDER = "tests/data/sheets/meaning/"
HEADER = ["Employee ID", "Name", "Email", "Department", "Left"]
LEFT = datetime.date(2020, 1, 31)
PEOPLE = [
    (7, "Ada", "ada@centurylink.net", "Sales", None),
    (123, "Bob", "bob@centurylink.net", None, None),
    (9, "Cy", "cy@centurylink.net", "IT", LEFT),
]
ADDRESS = 'LOWER(B5)&"@centurylink.net"'


def xls():
    book = xlwt.Workbook()
    sheet = book.add_sheet("Staff")
    padded = xlwt.easyxf(num_format_str="00000")
    date = xlwt.easyxf(num_format_str="DD.MM.YYYY")
    for column, text in enumerate(HEADER):
        sheet.write(0, column, text)
    for row, (number, name, address, department, left) in enumerate(PEOPLE, 1):
        sheet.write(row, 0, number, padded)
        sheet.write(row, 1, name)
        sheet.write(row, 2, address)
        if row == 1:
            sheet.write_merge(1, 2, 3, 3, department)
        elif department:
            sheet.write(row, 3, department)
        if left:
            sheet.write(row, 4, left, date)
    sheet.write(4, 0, 10, padded)
    sheet.write(4, 1, "Di")
    sheet.write(4, 2, xlwt.Formula(ADDRESS))
    book.save(FOLDER + "written.xls")


def xlsx():
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Staff"
    sheet.append(HEADER)
    for person in PEOPLE:
        sheet.append(person)
    sheet.append([10, "Di", "=" + ADDRESS])
    for row in range(2, 6):
        sheet.cell(row, 1).number_format = "00000"
    sheet.merge_cells("D2:D3")
    book.save(FOLDER + "written.xlsx")


def ods():
    document = OpenDocumentSpreadsheet()
    padded = NumberStyle(name="N1")
    padded.addElement(Number(minintegerdigits=5, decimalplaces=0))
    document.automaticstyles.addElement(padded)
    style = Style(name="ce1", family="table-cell", datastylename="N1")
    document.automaticstyles.addElement(style)
    table = Table(name="Staff")

    def text(value):
        cell = TableCell(valuetype="string")
        cell.addElement(P(text=value))
        return cell

    def number(value):
        cell = TableCell(valuetype="float", value=str(value), stylename=style)
        cell.addElement(P(text=f"{value:05}"))
        return cell

    def row(cells):
        element = TableRow()
        for cell in cells:
            element.addElement(cell)
        table.addElement(element)

    row([text(header) for header in HEADER])
    for at, (identity, name, address, department, left) in enumerate(PEOPLE):
        cells = [number(identity), text(name), text(address)]
        if at == 0:
            merged = TableCell(valuetype="string", numberrowsspanned="2", numbercolumnsspanned="1")
            merged.addElement(P(text=department))
            cells.append(merged)
        else:
            cells.append(text(department) if department else CoveredTableCell())
        if left:
            cell = TableCell(valuetype="date", datevalue=left.isoformat())
            cell.addElement(P(text=left.strftime("%d.%m.%y")))
            cells.append(cell)
        row(cells)
    row([number(10), text("Di"), TableCell(formula="of:=" + ADDRESS.replace("B5", "[.B5]"))])
    document.spreadsheet.addElement(table)
    document.save(FOLDER + "written.ods")


xls()
xlsx()
ods()
