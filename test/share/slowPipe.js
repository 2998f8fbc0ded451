// slowPipe.js MS COMMAND…: runs the command with this process's input and output, each answer held back for MS
// milliseconds: what a round trip to a far server costs. Answers that are on their way share the wait.
import { spawn } from 'node:child_process';

const [ms = '0', command = '', ...args] = process.argv.slice(2);
const server = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
process.stdin.pipe(server.stdin);
server.stdout.on('data', (chunk) => setTimeout(() => process.stdout.write(chunk), Number(ms)));
server.once('exit', () => process.exit());
