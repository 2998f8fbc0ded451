import { type Command, commands, defaultCommand } from './commands.js';
import { type Switch, switchesOf } from './switches.js';

/** The completion scripts by shell. */
export const completions = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;
export type Shell = keyof typeof completions;

const all: readonly Command[] = commands;
const names = all.map(({ name }) => name);

/** Each option of any command once. */
function everySwitch(): Switch[] {
  return [...new Map(all.flatMap(switchesOf).map((one) => [one.flag, one])).values()];
}

function bashScript(): string {
  const choices = everySwitch().flatMap(({ flag, argument }) =>
    Array.isArray(argument) ? [`    ${flag}) words='${argument.join(' ')}' ;;`] : [],
  );
  const free = everySwitch().filter(({ argument }) => argument === 'file' || argument === 'word');
  const flags = all.map((command) => {
    const of = switchesOf(command).flatMap(({ flag, short }) => (short === null ? [flag] : [flag, short]));
    return `      ${command.name}) words='${of.join(' ')}' ;;`;
  });
  return `# Completion of ingest for bash: source <(ingest completion bash)
_ingest() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]}
  local command=${defaultCommand} word words=
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD - 1}"; do
    case $word in ${names.join('|')}) command=$word && break ;; esac
  done
  COMPREPLY=()
  case $previous in
${choices.join('\n')}
    ${free.map(({ flag }) => flag).join('|')}) return ;;
  esac
  if [[ -z $words && $current == -* ]]; then
    case $command in
${flags.join('\n')}
    esac
  elif [[ -z $words && $COMP_CWORD -eq 1 ]]; then
    words='${names.join(' ')} help'
  elif [[ -z $words && $command == completion ]]; then
    words='${Object.keys(completions).join(' ')}'
  fi
  [[ -n $words ]] && COMPREPLY=($(compgen -W "$words" -- "$current"))
}
# Where there is nothing to say, files are completed.
complete -o bashdefault -o default -F _ingest ingest
`;
}

function zshScript(): string {
  const described = all.map(({ name, description }) => quoted(`${name}:${description}`));
  const cases = all.map((command) => {
    const specs = [...switchesOf(command).flatMap(zshSpecs), quoted('*:file:_files')];
    return `    ${command.name})\n      _arguments -s \\\n        ${specs.join(' \\\n        ')}\n      ;;`;
  });
  return `#compdef ingest
# Completion of ingest for zsh: source <(ingest completion zsh)
_ingest() {
  local command=${defaultCommand} word
  for word in \${words[2,CURRENT - 1]}; do
    case $word in ${names.join('|')}) command=$word && break ;; esac
  done
  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then
    local -a commands=(${described.join(' ')})
    _describe command commands
    _files
    return
  fi
  case $command in
${cases.join('\n')}
  esac
}
if [ "$funcstack[1]" = _ingest ]; then _ingest "$@"; else compdef _ingest ingest; fi
`;
}

function zshSpecs({ flag, short, argument, description }: Switch): string[] {
  const text = description.replace(/[[\]:\\]/g, '\\$&');
  const after = {
    none: '',
    file: ':file:_files',
    word: ':value:',
  };
  const rest = typeof argument === 'string' ? after[argument] : `:value:(${argument.join(' ')})`;
  return [flag, ...(short === null ? [] : [short])].map((name) => quoted(`${name}[${text}]${rest}`));
}

function fishScript(): string {
  const others = names.filter((name) => name !== defaultCommand);
  const lines = all.flatMap((command) => {
    const { name, description } = command;
    const isHere =
      name === defaultCommand
        ? `not __fish_seen_subcommand_from ${others.join(' ')}`
        : `__fish_seen_subcommand_from ${name}`;
    const start = `complete -c ingest -n ${quoted(isHere)}`;
    return [
      `complete -c ingest -n __fish_use_subcommand -a ${name} -d ${quoted(description)}`,
      ...switchesOf(command).map((one) => `${start} ${fishSwitch(one)}`),
    ];
  });
  const shells = `complete -c ingest -n '__fish_seen_subcommand_from completion' -f -a '${Object.keys(completions).join(' ')}'`;
  return `# Completion of ingest for fish: ingest completion fish | source\n${[...lines, shells].join('\n')}\n`;
}

function fishSwitch({ flag, short, argument, description }: Switch): string {
  const letter = short === null ? '' : ` -s ${short.slice(1)}`;
  const after = { none: '', file: ' -r -F', word: ' -x' };
  const rest = typeof argument === 'string' ? after[argument] : ` -x -a ${quoted(argument.join(' '))}`;
  return `-l ${flag.slice(2)}${letter}${rest} -d ${quoted(description)}`;
}

/** For all three shells; fish also takes the four characters that close, escape and open the quotes again. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
