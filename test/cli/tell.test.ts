import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { pingAddress } from '../../src/cli/ping.ts';
import type { Summary } from '../../src/domain/event.ts';
import { metricsText } from '../../src/report/metrics.ts';
import { type Workdir, workdir } from '../program.ts';
import { summaryOf } from '../report/samples.ts';

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

interface Ping {
  readonly path: string;
  readonly body: string;
}

/** A server on this machine that notes what it is told and answers as `answer` does. */
async function server(answer: RequestListener): Promise<{ url: string; pings: Ping[] }> {
  const pings: Ping[] = [];
  const http = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      pings.push({ path: request.url ?? '', body: Buffer.concat(chunks).toString() });
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    http.closeAllConnections();
    http.close();
  });
  return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/uuid`, pings };
}

function share(): Workdir {
  const dir = workdir();
  dir.write('share/a.csv', 'k,v\n1,x\n2,y\n');
  return dir;
}

const run = ['share', '--workers', '0'] as const;

describe('--ping-url', () => {
  test('is told of the start, and of the exit code with the summary', async () => {
    const { url, pings } = await server((_, response) => response.end('OK'));
    const dir = share();
    dir.write('share/bad.csv', 'k,v\n1\n');
    const { code } = await dir.ingest([...run, '--ping-url', `${url}?rid=7`]);
    expect(pings.map(({ path }) => path)).toEqual(['/uuid/start?rid=7', `/uuid/${code}?rid=7`]);
    const summary = JSON.parse(pings[1]?.body ?? '') as Summary;
    expect(summary).toMatchObject({ type: 'summary', exitCode: code, files: { seen: 2 } });
  });

  test('is told when another run holds the database', async () => {
    const { url, pings } = await server((_, response) => response.end());
    const dir = share();
    const lock = new Database(`${dir.db}.lock`);
    onTestFinished(() => void lock.close());
    lock.exec('BEGIN EXCLUSIVE');
    expect((await dir.ingest([...run, '--ping-url', url])).code).toBe(11);
    expect(pings).toEqual([
      { path: '/uuid/start', body: '' },
      { path: '/uuid/11', body: '' },
    ]);
  });

  test.skipIf(process.platform === 'win32')('is told of a run that was killed', async () => {
    const { url, pings } = await server((_, response) => response.end());
    const dir = share();
    const args = [...run, '--ping-url', url, '--metrics-file', 'm.prom', '--on-failure', 'touch told'];
    const { code, signal } = await dir.ingest(args, { INGEST_FAILPOINT: 'before-commit' });
    expect([code, signal]).toEqual([1, null]);
    expect(pings.map(({ path }) => path)).toEqual(['/uuid/start', '/uuid/1']);
    expect(series(readFileSync(dir.path('m.prom'), 'utf8')).get('ingest_last_run_exit_code')).toBe(1);
    expect(readdirSync(dir.root)).toContain('told');
  });

  const slow: RequestListener = () => {};
  const failing: RequestListener = (_, response) => response.writeHead(500).end();
  const endless: RequestListener = (_, response) => response.writeHead(200).write('…');

  test.each([
    ['slow', slow, 'could not be told'],
    ['failing', failing, 'it answered 500'],
    ['one that never ends its answer', endless, ''],
  ])('a server that is %s changes no exit code and costs a few seconds at most', async (_, answer, why) => {
    const { url } = await server(answer);
    const dir = share();
    const started = performance.now();
    const { code, stdout, stderr } = await dir.ingest([...run, '--ping-url', url]);
    expect(code).toBe(0);
    expect(performance.now() - started).toBeLessThan(12_000);
    expect(stdout).toContain(': done,');
    expect(stderr).toContain(why);
  });

  test('a server that is not there neither', async () => {
    const dir = share();
    const { code, stderr } = await dir.ingest([...run, '--quiet', '--ping-url', 'http://127.0.0.1:1999/x']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/x\/start could not be told: .*\n.*x\/0 could not be told: /);
  });

  test('nobody is told of a dry run', async () => {
    const { url, pings } = await server((_, response) => response.end());
    await share().ingest([...run, '--dry-run', '--ping-url', url]);
    expect(pings).toEqual([]);
  });

  test.each(['ftp://x', 'example.org', ''])('"%s" is refused', async (url) => {
    expect((await share().ingest([...run, '--ping-url', url])).code).toBe(2);
  });

  test.each([
    ['https://hc-ping.com/uuid', 'https://hc-ping.com/uuid/0'],
    ['https://hc-ping.com/uuid/', 'https://hc-ping.com/uuid/0'],
    ['https://x.org/?a=1', 'https://x.org/0?a=1'],
  ])('%s becomes %s', (url, address) => {
    expect(pingAddress(url, '0')).toBe(address);
  });
});

describe('onFailure', () => {
  test.skipIf(process.platform === 'win32')('gets summary and exit code, when that is not 0', async () => {
    const dir = share();
    const onFailure = 'cat > told.json; echo "$INGEST_EXIT_CODE" > code';
    dir.write('ingest.config.json', JSON.stringify({ onFailure }));
    expect((await dir.ingest(run)).code).toBe(0);
    expect(readdirSync(dir.root)).not.toContain('code');
    dir.write('share/bad.csv', 'k,v\n1\n');
    expect((await dir.ingest(run)).code).toBe(3);
    expect(readFileSync(dir.path('code'), 'utf8')).toBe('3\n');
    expect(JSON.parse(readFileSync(dir.path('told.json'), 'utf8'))).toMatchObject({ exitCode: 3 });
  });

  test('a command that fails is a warning and changes no exit code', async () => {
    const dir = share();
    dir.write('share/bad.csv', 'k,v\n1\n');
    const { code, stderr } = await dir.ingest([...run, '--on-failure', 'exit 7', '--log-file', 'run.log']);
    expect(code).toBe(3);
    expect(stderr).toContain('The command of onFailure (exit 7): it ended with exit code 7.');
    expect(readFileSync(dir.path('run.log'), 'utf8')).toContain('"code":"on_failure_failed"');
  });
});

/** The series of a textfile by name and labels but `db`. */
function series(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const [, name = '', labels = '', value] = /^(\w+)\{(.*)\} (\S+)$/.exec(line) ?? [];
      const others = labels.replace(/^db="(?:[^"\\]|\\.)*",?/, '');
      return [others === '' ? name : `${name}{${others}}`, Number(value)];
    }),
  );
}

describe('--metrics-file', () => {
  test('says what the run did and how the last success went', async () => {
    const dir = share();
    await dir.ingest([...run, '--metrics-file', 'm.prom']);
    const first = series(readFileSync(dir.path('m.prom'), 'utf8'));
    expect(first.get('ingest_last_run_exit_code')).toBe(0);
    expect(first.get('ingest_last_run_files{source="share",outcome="loaded"}')).toBe(1);
    expect(first.get('ingest_last_run_rows{source="share",outcome="inserted"}')).toBe(2);
    dir.write('share/bad.csv', 'k,v\n1\n');
    await dir.ingest([...run, '--metrics-file', 'm.prom']);
    const second = series(readFileSync(dir.path('m.prom'), 'utf8'));
    const success = 'ingest_last_success_timestamp_seconds';
    expect(second.get('ingest_last_run_exit_code')).toBe(3);
    expect(second.get(success)).toBe(first.get(success));
    expect(second.get('ingest_run_duration_seconds_count')).toBe(2);
    expect(second.get('ingest_run_duration_seconds_bucket{le="14400"}')).toBe(2);
    expect(readdirSync(dir.root).filter((name) => name.includes('.tmp'))).toEqual([]);
  });

  test('says so too when the run ended before it began', async () => {
    const dir = share();
    dir.write('ingest.db', 'no database, but text that is long enough to be taken for one'.repeat(20));
    const { code } = await dir.ingest([...run, '--metrics-file', 'm.prom']);
    expect(code).toBe(2);
    expect(series(readFileSync(dir.path('m.prom'), 'utf8')).get('ingest_last_run_exit_code')).toBe(2);
  });

  test('that cannot be written is a warning and changes no exit code', async () => {
    const { code, stderr } = await share().ingest([...run, '--quiet', '--metrics-file', 'no/such/m.prom']);
    expect(code).toBe(0);
    expect(stderr).toContain('The metrics cannot be written: ENOENT');
  });

  test.skipIf(!hasPromtool)('is clean for promtool, whatever the names', () => {
    const odd = 'a"b\\c\nd';
    const source = { name: odd, state: 'healthy' as const, files: summaryOf().files, rows: summaryOf().rows };
    const database = {
      bytes: 1,
      lastSuccessAt: '2026-11-21T02:00:01.000Z',
      runs: 3,
      seconds: 7.5,
      within: [1, 2, 3, 3, 3, 3, 3, 3],
      sources: [{ name: odd, files: { loaded: 1 }, lastCompleteScan: '2026-11-21T02:00:01.000Z' }],
    };
    const summary = summaryOf({ sources: [source] });
    const text = metricsText({ db: `/srv/${odd}.db`, now: new Date(), exitCode: 0, summary, database });
    expect(execFileSync('promtool', ['check', 'metrics'], { input: text }).toString()).toBe('');
  });

  test('has every metric that an expression of the dashboard asks for', () => {
    const source = { name: 's', state: 'healthy' as const, files: summaryOf().files, rows: summaryOf().rows };
    const at = '2026-11-21T02:00:01.000Z';
    const sources = [{ name: 's', files: { loaded: 1 }, lastCompleteScan: at }];
    const database = { bytes: 1, lastSuccessAt: at, runs: 1, seconds: 1, within: [], sources };
    const summary = summaryOf({ sources: [source] });
    const text = metricsText({ db: 'x.db', now: new Date(), exitCode: 0, summary, database });
    const expressions = dashboardExpressions();
    expect(expressions.length).toBeGreaterThan(8);
    for (const expression of expressions) {
      const names = expression.match(/\bingest_\w+/g) ?? [];
      expect([expression, names.length]).not.toEqual([expression, 0]);
      for (const name of names) expect(text).toContain(`\n${name}{`);
    }
  });

  test.skipIf(!hasPromtool)('is asked by the dashboard in expressions that promtool takes', () => {
    const dir = workdir();
    const rules = dashboardExpressions().map((expr, i) => ({ record: `asked_${i}`, expr }));
    const file = dir.write('rules.yml', JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
    expect(execFileSync('promtool', ['check', 'rules', file]).toString()).toContain(`${rules.length} rules`);
  });
});

/** Every expression that a panel or a variable of the dashboard asks. */
function dashboardExpressions(): string[] {
  const text = readFileSync(new URL('../../.github/grafana-dashboard.json', import.meta.url), 'utf8');
  const found: string[] = [];
  JSON.parse(text, (key, value: unknown) => {
    if (key === 'expr' || (key === 'query' && typeof value === 'string' && value.includes('ingest_')))
      found.push(String(value).replace(/^label_values\((.*),.*\)$/, '$1'));
    return value;
  });
  return found;
}
