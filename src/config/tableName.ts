/** The glob of a rule for tables that leaves nothing to the rules after it. */
export const everything = '**/*';

/** What is wrong with the name of a data table, or null. */
export function tableNameProblem(name: string): string | null {
  if (name === '') return 'a table needs a name';
  if (name.includes('\0')) return 'a table name cannot hold a NUL';
  if (/^(_ingest|sqlite_)/i.test(name)) return 'names that start with _ingest or sqlite_ are taken';
  return name.toLowerCase() === 'duplicate_files' ? 'duplicate_files is a view of the program itself' : null;
}
