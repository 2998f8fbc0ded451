/** Cells as a line of CSV as spreadsheets read it, without its line end; null is an empty cell. */
export function csvLine(cells: readonly (string | number | null)[]): string {
  return cells.map((cell) => csvCell(String(cell ?? ''))).join(',');
}

function csvCell(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
