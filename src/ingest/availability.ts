import { mountOf } from '../share/filesystem.js';
import type { Complaint, Expectation } from '../share/health.js';
import { complaintOf } from '../share/health.js';
import type { System } from '../share/system.js';
import type { Candidate } from './candidate.js';
import type { PlannedSource } from './plan.js';

/** Milliseconds before each look at a source that does not answer; after the last it is left. */
const pauses = [1_000, 2_000, 4_000];

/** What is known of a source while a run works on it. */
interface Watched {
  readonly expected: Expectation;
  mountId: string | undefined;
  /** Why it is not asked at the moment. */
  down: string | null;
  /** Looks since it last delivered something. */
  looks: number;
}

/** Which sources of a run answer: a circuit breaker for each, over all threads. */
export class Availability {
  readonly #watched = new Map<string, Watched>();
  readonly #hungOnce = new Set<Candidate>();

  constructor(
    readonly system: System,
    readonly signal: AbortSignal,
  ) {}

  /** Begins to watch a source; says what is wrong with it now. */
  async begin(source: PlannedSource, wasOnNetwork: boolean): Promise<Complaint | null> {
    if (source.unreachable !== null) return { state: 'unreachable', why: source.unreachable };
    const { folder, place } = source;
    const { deadlines, health } = source.settings;
    const expected = { ...health, folder, place, deadlines, wasOnNetwork };
    const mountId = this.#mountId(place);
    this.#watched.set(source.name, { expected, mountId, down: null, looks: 0 });
    return complaintOf(expected, this.system, false);
  }

  isDown({ name }: PlannedSource): boolean {
    return this.#of(name).down !== null;
  }

  /** Stops asking a source until it has been looked at. */
  stop({ name }: PlannedSource, why: string): void {
    this.#of(name).down ??= why;
  }

  /** Notes that a source delivers. */
  delivered({ name }: PlannedSource): void {
    this.#of(name).looks = 0;
  }

  /** Whether a file's call had no answer for the second time in this run. */
  hungAgain(candidate: Candidate): boolean {
    if (this.#hungOnce.has(candidate)) return true;
    this.#hungOnce.add(candidate);
    return false;
  }

  isMountedAnew({ name }: PlannedSource): boolean {
    const { expected, mountId } = this.#of(name);
    return this.#mountId(expected.place) !== mountId;
  }

  /** What is wrong with a source now; null when it answers and is what it was. */
  async complaint(source: PlannedSource, listing: boolean): Promise<Complaint | null> {
    if (this.isMountedAnew(source)) return { state: 'unhealthy', why: 'its mount changed meanwhile' };
    return complaintOf(this.#of(source.name).expected, this.system, listing);
  }

  /**
   * Waits for a source that does not answer, a few times. Returns null once it does, mounted anew or not, or what is
   * wrong with it for good.
   */
  async recover({ name }: PlannedSource): Promise<Complaint | null> {
    const watched = this.#of(name);
    let complaint: Complaint = { state: 'unreachable', why: `it stopped answering (${watched.down})` };
    for (; watched.looks < pauses.length; ) {
      await this.system.pause(pauses[watched.looks] ?? 0, this.signal);
      watched.looks += 1;
      const mountId = this.#mountId(watched.expected.place);
      const found = await complaintOf(watched.expected, this.system, true);
      if (found === null) {
        watched.down = null;
        watched.mountId = mountId;
        return null;
      }
      complaint = found;
    }
    return complaint;
  }

  #mountId(place: string): string | undefined {
    return mountOf(place, this.system.mounts())?.id;
  }

  #of(name: string): Watched {
    const watched = this.#watched.get(name);
    if (!watched) throw new Error(`${name} is not watched`);
    return watched;
  }
}
