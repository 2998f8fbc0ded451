import { writeFileSync } from 'node:fs';
import { configJsonSchema } from '../config/jsonSchema.js';
import { manPage } from './manPage.js';
import { programVersion } from './words.js';

/** Run by the build: writes what is made from the tables and shipped beside the program. */
const place = (name: string) => new URL(`../../dist/${name}`, import.meta.url);

writeFileSync(place('config.schema.json'), `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
writeFileSync(place('ingest.1'), manPage(programVersion()));
