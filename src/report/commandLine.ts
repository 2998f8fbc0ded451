/** What the command line said that a command to be pasted must say too; only where it was said. */
export type Named = Readonly<Partial<Record<'db' | 'config' | 'cache', string>>>;

/** Commands that look at a database; of the others only the run and what is left of it know a cache. */
const lookers = ['status', 'files', 'rejects', 'runs', 'explain', 'doctor'];
const commandLine = new RegExp(
  `\\bingest(?: (${[...lookers, 'config'].join('|')})(?![\\w-])|(?= --(?!help))|$)`,
  'g',
);

/** Puts the flags that name database, config file and cache into the command lines of a text for people. */
export function withNamed(text: string, named: Named = {}): string {
  return text.replace(commandLine, (line, command?: string) => {
    const { cache, ...others } = named;
    const known: Named = lookers.includes(command ?? '') ? others : named;
    const flags = Object.entries(known).map(([name, value]) => ` --${name} ${shellWord(value)}`);
    return line + flags.join('');
  });
}

function shellWord(text: string): string {
  return /^[\w./:@%+,=-]+$/.test(text) && !text.startsWith('-') ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
