import { z } from 'zod';
import { configSchema } from './schema.js';

/** The config file's schema as JSON Schema, for editors; what it cannot say, `ingest config` checks. */
export function configJsonSchema(): object {
  return {
    ...z.toJSONSchema(configSchema, { io: 'input' }),
    title: 'ingest.config.json',
    description: 'Sources and settings of ingest; JSON with comments.',
    // Of editors' own vocabulary.
    allowComments: true,
    allowTrailingCommas: true,
  };
}
