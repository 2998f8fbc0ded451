/** A stretch of a text that must not be stored, with what stands in its place. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly as: string;
}

/**
 * Finds what must not be stored in many texts at once: patterns, a list of names, or a model that names people and works
 * on whole batches. Returns the stretches of each text, in any order; they may overlap.
 */
export interface Finder {
  find(texts: readonly string[]): readonly (readonly Span[])[];
}

/** A text in which some finders look, and what is done with it if they find something. */
export interface Slot {
  readonly text: string;
  readonly finders: readonly Finder[];
  readonly put: (redacted: string) => void;
}

/** Has each finder look at all texts that are for it, and puts those in which something was found. */
export function redact(slots: readonly Slot[]): void {
  const spans = slots.map((): Span[] => []);
  const all = new Set(slots.flatMap(({ finders }) => finders));
  for (const finder of all) {
    const wanted = [...slots.entries()].filter(([, { finders }]) => finders.includes(finder));
    const found = finder.find(wanted.map(([, { text }]) => text));
    for (const [index, [place]] of wanted.entries()) spans[place]?.push(...(found[index] ?? []));
  }
  for (const [place, { text, put }] of slots.entries()) {
    const own = spans[place] ?? [];
    if (own.length > 0) put(without(text, own));
  }
}

/** A text with stretches of it replaced; those that overlap are one. */
function without(text: string, spans: Span[]): string {
  spans.sort((a, b) => a.start - b.start || b.end - a.end);
  let result = '';
  let copied = 0;
  for (const { start, end, as } of spans) {
    if (start >= copied) result += text.slice(copied, start) + as;
    copied = Math.max(copied, end);
  }
  return result + text.slice(copied);
}
