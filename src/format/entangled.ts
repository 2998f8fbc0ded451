/** Thrown when blocks of a file cannot be read one without the other: one reader must read it alone. */
export class Entangled extends Error {
  constructor() {
    super('the blocks of the file depend on one another');
  }
}
