const firstCapital = 0x41;
const lastCapital = 0x5a;

/** A column's or table's name as SQLite compares it: without the case of ASCII letters. */
export function folded(name: string): string {
  for (let i = 0; i < name.length; i += 1) {
    const code = name.charCodeAt(i);
    if (code >= firstCapital && code <= lastCapital)
      return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  }
  return name;
}
