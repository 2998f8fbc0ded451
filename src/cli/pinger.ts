/** A program of its own: posts its stdin to the address in its argument; exit code 1 and why on stderr if it fails. */
const [address = '', milliseconds] = process.argv.slice(2);

async function post(): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  const response = await fetch(address, {
    method: 'POST',
    body: Buffer.concat(chunks),
    headers: { 'content-type': 'application/json' },
    signal: AbortSignal.timeout(Number(milliseconds)),
  });
  if (!response.ok) throw new Error(`it answered ${response.status}`);
}

post().then(
  () => process.exit(0),
  (error: unknown) => {
    const { cause, message } = error instanceof Error ? error : new Error(String(error));
    process.stderr.write(cause instanceof Error ? cause.message : message);
    process.exit(1);
  },
);
