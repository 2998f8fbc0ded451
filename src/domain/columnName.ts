/** A column's or table's name as SQLite compares it: without the case of ASCII letters. */
export function folded(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
