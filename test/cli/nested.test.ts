import { execFileSync } from 'node:child_process';
import { mkdirSync, utimesSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { peakResidentKb } from '../memory.ts';
import { workdir } from '../program.ts';

const generator = fileURLToPath(new URL('../bench/patients.js', import.meta.url));

/** The size that the project promises takes a while; the default one finds the same faults in seconds. */
const full = process.env.INGEST_TEST_FULL === '1';
const patients = full ? 500_000 : 20_000;
const anHourAgo = new Date(Date.now() - 3_600_000);

interface Totals {
  readonly patients: number;
  readonly encounters: number;
  readonly observations: number;
  readonly tenths: number;
  readonly places: number;
  readonly linked: number;
}

test.skipIf(process.platform !== 'linux')(
  `${patients} patients with encounters and observations load into three tables in under 500 MB of memory`,
  async () => {
    const dir = workdir();
    mkdirSync(dir.path('data'));
    const file = dir.path('data', 'patients.json');
    const totals: Totals = JSON.parse(
      execFileSync(process.execPath, [generator, String(patients), file], { encoding: 'utf8' }),
    );
    utimesSync(file, anHourAgo, anHourAgo);
    const running = dir.start(['data', '--table', 'patients', '--json']);
    let residentKb = 0;
    const watch = setInterval(() => {
      residentKb = Math.max(residentKb, peakResidentKb(running.child.pid));
    }, 20);
    const { summary } = await running.done;
    clearInterval(watch);
    const { encounters, observations, tenths, places, linked } = totals;
    expect(summary).toMatchObject({
      exitCode: 0,
      rows: { parsed: patients, inserted: patients, children: encounters + observations },
    });
    expect(dir.rows('SELECT count(*) AS n, count(DISTINCT patient_id) AS ids FROM patients')).toEqual([
      { n: patients, ids: patients },
    ]);
    expect(
      dir.rows(
        `SELECT count(*) AS n, sum(e._index) AS places,
           sum(substr(e.encounter_id, 3, 7) = substr(p.patient_id, 3)) AS own
         FROM patients_encounters e JOIN patients p ON p._id = e._parent_id`,
      ),
    ).toEqual([{ n: encounters, places, own: encounters }]);
    expect(
      dir.rows(
        `SELECT count(*) AS n, sum(CAST(round(o.value * 10) AS INTEGER)) AS tenths,
           sum(CAST(substr(p.patient_id, 3) AS INTEGER)) AS linked, sum(o.observed_at = e.started_at) AS own
         FROM patients_encounters_observations o JOIN patients_encounters e ON e._id = o._parent_id
           JOIN patients p ON p._id = e._parent_id`,
      ),
    ).toEqual([{ n: observations, tenths, linked, own: observations }]);
    expect(residentKb).toBeGreaterThan(10_000);
    expect(residentKb).toBeLessThan(500_000);
  },
  full ? 900_000 : 300_000,
);
