import { Entangled } from '../format/entangled.js';
import type { FieldNews } from '../format/json-news.js';
import type { Block, Helpers, Opening } from '../format/spread.js';
import { SegmentFailure } from '../segment/newFile.js';
import { type BlockJob, BlockParser, type ParsedBlock } from './blockParser.js';
import { lanes } from './decode.js';
import type { Recorder } from './recorder.js';

/** Another thread that parses blocks. Answers come in the order of its blocks. */
export interface Helper {
  open(job: BlockJob): void;
  give(block: Block): void;
  /** The answers that have come since the last call. */
  answers(): readonly ParsedBlock[];
  close(): void;
}

/** The threads that help one. */
export interface Crew {
  /** Those that are there now. */
  readonly helpers: readonly Helper[];
  /** Asks for threads that have nothing else to do, for one file; they come one after the other. */
  gather(): void;
  dismiss(): void;
  /** How many answers there have been. */
  readonly answered: number;
  /** Waits until there are more answers than so many, though not for ever. */
  wait(answered: number): void;
}

/** Blocks that a helper holds: the one it is at, and the next. */
const held = 2;

/** A helper with the blocks that it has not answered yet. */
interface Hand {
  readonly helper: Helper;
  readonly waiting: number[];
}

/**
 * One file that is read with the help of others: takes its blocks, has them parsed by whoever is free, and hands what
 * they came to to the file's recorder, in the order of the file.
 */
export class SharedFile implements Helpers {
  /** Whether any block was parsed apart from the others. */
  wasShared = false;
  /** Of the helpers, without the time spent in waiting for them. */
  seconds = 0;
  readonly #hands: Hand[] = [];
  #job: BlockJob | null = null;
  #own: BlockParser | null = null;
  #learn: (news: readonly FieldNews[]) => void = () => {};
  #given = 0;
  #taken = 0;
  readonly #parsed = new Map<number, ParsedBlock>();

  constructor(
    readonly crew: Crew,
    readonly recorder: Recorder,
    readonly checkStop: () => void,
  ) {}

  get ready(): boolean {
    return this.crew.helpers.length > 0;
  }

  open(opening: Opening, learn: (news: readonly FieldNews[]) => void): void {
    const { job, head, segment } = this.recorder;
    const { constants, identity, parse } = job;
    this.wasShared = true;
    this.#learn = learn;
    this.#job = { opening, job: { constants, identity, parse }, head, segment: segment.open };
  }

  give(block: Block): void {
    const place = this.#given;
    this.#given += 1;
    const hand = this.#freeHand();
    if (hand) {
      hand.waiting.push(place);
      hand.helper.give(block);
    } else if (this.#job) {
      this.#own ??= new BlockParser(this.#job, lanes);
      this.#parsed.set(place, this.#own.parse(block));
    }
    this.#collect();
    this.#takeInOrder();
  }

  finish(byteOffset: number): void {
    while (this.#taken < this.#given) {
      this.#awaitAnswers();
      this.#takeInOrder();
    }
    this.#release();
    this.recorder.goTo(byteOffset);
  }

  /** Waits until nobody is at the file any more, whatever became of it. */
  close(): void {
    while (this.#hands.some(({ waiting }) => waiting.length > 0)) this.#awaitAnswers();
    this.#release();
  }

  #awaitAnswers(): void {
    this.checkStop();
    const started = performance.now();
    const { answered } = this.crew;
    if (!this.#collect()) this.crew.wait(answered);
    this.seconds -= (performance.now() - started) / 1000;
  }

  #release(): void {
    for (const { helper } of this.#hands.splice(0)) helper.close();
    this.#own?.close();
    this.#own = null;
    this.#job = null;
  }

  /** A helper that can hold another block, the one with the fewest. */
  #freeHand(): Hand | undefined {
    for (const helper of this.crew.helpers.slice(this.#hands.length)) {
      if (this.#job) helper.open(this.#job);
      this.#hands.push({ helper, waiting: [] });
    }
    const free = this.#hands.filter(({ waiting }) => waiting.length < held);
    return free.sort((a, b) => a.waiting.length - b.waiting.length)[0];
  }

  /** Takes the answers that have come; false when there were none. */
  #collect(): boolean {
    let any = false;
    for (const { helper, waiting } of this.#hands) {
      for (const answer of helper.answers()) {
        this.#parsed.set(waiting.shift() ?? -1, answer);
        any = true;
      }
    }
    return any;
  }

  #takeInOrder(): void {
    for (let block = this.#parsed.get(this.#taken); block; block = this.#parsed.get(this.#taken)) {
      this.#parsed.delete(this.#taken);
      this.#taken += 1;
      this.#take(block);
    }
  }

  #take(block: ParsedBlock): void {
    if (block.kind === 'entangled') throw new Entangled();
    if (block.kind === 'failed') throw new Error(block.message);
    if (block.kind === 'unwritable')
      throw new SegmentFailure(Object.assign(new Error(block.message), { code: block.code }));
    this.seconds += block.seconds;
    this.#learn(block.news);
    this.recorder.segment.adopt(block.pages);
    this.recorder.adopt(block.piece);
  }
}
