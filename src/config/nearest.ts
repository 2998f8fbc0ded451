import { distance } from 'fastest-levenshtein';

/** The candidate that `word` is most likely a slip of, or null when none is near. */
export function nearest(
  word: string,
  candidates: readonly string[],
  limit = Math.max(2, Math.floor(word.length / 3)),
): string | null {
  const slips = candidates.map((candidate) => ({
    candidate,
    edits: distance(word.toLowerCase(), candidate.toLowerCase()),
  }));
  const best = slips.sort((a, b) => a.edits - b.edits)[0];
  return best !== undefined && best.edits <= limit ? best.candidate : null;
}

/** `did you mean "x"?`, or else the words there are to choose from. */
export function suggestion(word: string, candidates: readonly string[]): string {
  const near = nearest(word, candidates);
  return near === null ? `choose from ${candidates.join(', ')}` : `did you mean "${near}"?`;
}
