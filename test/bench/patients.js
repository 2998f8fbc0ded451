/**
 * Writes an array of invented patients with encounters (1 : 1.06) and these with observations (1 : 3 patients):
 * `node test/bench/patients.js <patients> <file>`. Prints what any load of it must come to, as JSON.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const codes = [
  ['body_temperature', 'Cel', (dice) => (358 + (dice() % 34)) / 10],
  ['glucose', 'mmol/L', (dice) => (40 + (dice() % 73)) / 10],
  ['heart_rate', '/min', (dice) => 52 + (dice() % 67)],
];

/** Writes the file; returns rows of each table, the sum of the values in tenths and of the places of encounters. */
export function writePatients(count, path) {
  const dice = chances(7);
  const totals = { patients: count, encounters: 0, observations: 0, tenths: 0, places: 0, linked: 0 };
  const file = openSync(path, 'w');
  let text = '[\n';
  for (let number = 0; number < count; number++) {
    text += `${number > 0 ? ',\n' : ''}${JSON.stringify(patient(number, dice, totals))}`;
    if (text.length > 1_000_000) {
      writeSync(file, text);
      text = '';
    }
  }
  writeSync(file, `${text}\n]\n`);
  closeSync(file);
  return totals;
}

function patient(number, dice, totals) {
  const encounters = Array.from({ length: number % 50 < 3 ? 2 : 1 }, (_, place) => {
    totals.encounters++;
    totals.places += place;
    return encounter(number, place, dice, totals);
  });
  return {
    patient_id: `P-${serial(number, 7)}`,
    name: {
      given: ['Zwiebel', 'Quill', 'Bramble'][dice() % 3],
      family: ['Testperson', 'Ålphabet'][dice() % 2],
    },
    birth_date: `19${serial(dice() % 100, 2)}-0${1 + (dice() % 9)}-1${dice() % 10}`,
    sex: ['F', 'M', null][dice() % 3],
    encounters,
  };
}

function encounter(number, place, dice, totals) {
  const started_at = `2026-02-${serial(1 + (dice() % 28), 2)}T07:${serial(dice() % 60, 2)}:00Z`;
  const observations = (place === 0 ? codes : []).map(([code, unit, measure]) => {
    const value = measure(dice);
    totals.observations++;
    totals.tenths += Math.round(value * 10);
    totals.linked += number;
    return { code, value, unit, observed_at: started_at };
  });
  return {
    encounter_id: `E-${serial(number, 7)}-${place}`,
    class: ['ambulatory', 'inpatient', 'emergency'][dice() % 3],
    started_at,
    notes: `Zwiebel Testperson feels well, call back at 555-01${serial(dice() % 100, 2)}; no complaints.`,
    observations,
  };
}

function serial(number, digits) {
  return String(number).padStart(digits, '0');
}

/** The same whole numbers everywhere. */
function chances(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 8;
  };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [count, path] = process.argv.slice(2);
  console.log(JSON.stringify(writePatients(Number(count), path)));
}
