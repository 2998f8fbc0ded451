// duckdbLoad.js MODULES FOLDER DATABASE defaults|schema: loads all CSV files of a folder; prints the rows.
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [modules = '', folder = '', database = '', how = ''] = process.argv.slice(2);
const { DuckDBInstance } = createRequire(join(modules, 'package.json'))('@duckdb/node-api');

const schema = `auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', columns = {
  serial: 'BIGINT', machine: 'VARCHAR', timestamp: 'VARCHAR', lot: 'VARCHAR', board: 'VARCHAR', recipe: 'VARCHAR',
  operator: 'VARCHAR', x_mm: 'DOUBLE', y_mm: 'DOUBLE', void_pct: 'DOUBLE', passed: 'VARCHAR', remark: 'VARCHAR' }`;
const files = `'${join(folder, '**', '*.csv').replaceAll("'", "''")}'`;
const source = how === 'schema' ? `read_csv(${files}, ${schema})` : `read_csv(${files})`;

const instance = await DuckDBInstance.create(database);
const connection = await instance.connect();
await connection.run(`CREATE TABLE share AS SELECT * FROM ${source}`);
const [[rows]] = (await connection.runAndReadAll('SELECT count(*) FROM share')).getRows();
connection.closeSync();
instance.closeSync();
console.log(String(rows));
