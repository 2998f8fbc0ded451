import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { LaneAdmission } from '../format/csv-lane.js';
import type { Block } from '../format/spread.js';
import { type BlockJob, BlockParser, failed, type ParsedBlock } from './blockParser.js';
import type { Crew, Helper } from './crew.js';

/** What a thread is told that helps another. */
type Order =
  /** `answered` is counted up with each answer. */
  | { readonly order: 'open'; readonly job: BlockJob; readonly answered: SharedArrayBuffer }
  | { readonly order: 'parse'; readonly block: Block }
  | { readonly order: 'close' };

/** Milliseconds after which one who waits for an answer looks about. */
const patienceMs = 50;

/** The threads that the pool lends to the one at hand. Answers are taken without a turn of its event loop. */
export class ThreadCrew implements Crew {
  readonly #answered = new SharedArrayBuffer(4);
  readonly #counter = new Int32Array(this.#answered);
  readonly #ports: MessagePort[] = [];
  #wanted = false;
  helpers: readonly Helper[] = [];

  /** `ask` tells the pool whether helpers are wanted. */
  constructor(readonly ask: (wanted: boolean) => void) {}

  /** Takes a thread that the pool lends; its port is closed to give it back. */
  add(port: MessagePort): void {
    if (!this.#wanted) {
      port.close();
      return;
    }
    port.unref();
    this.#ports.push(port);
    this.helpers = [...this.helpers, this.#helperAt(port)];
  }

  gather(): void {
    this.#wanted = true;
    this.ask(true);
  }

  dismiss(): void {
    this.#wanted = false;
    this.ask(false);
    for (const port of this.#ports.splice(0)) port.close();
    this.helpers = [];
  }

  get answered(): number {
    return Atomics.load(this.#counter, 0);
  }

  wait(answered: number): void {
    Atomics.wait(this.#counter, 0, answered, patienceMs);
  }

  #helperAt(port: MessagePort): Helper {
    const order = (one: Order, transfer: ArrayBuffer[] = []) => port.postMessage(one, transfer);
    return {
      open: (job) => order({ order: 'open', job, answered: this.#answered }),
      give: (block) => order({ order: 'parse', block }, [block.bytes.buffer as ArrayBuffer]),
      answers: () => received(port),
      close: () => order({ order: 'close' }),
    };
  }
}

function received(port: MessagePort): ParsedBlock[] {
  const found: ParsedBlock[] = [];
  for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port))
    found.push(next.message);
  return found;
}

/** Helps the thread at the other end of `port` until it closes that. */
export function help(port: MessagePort, lanes: LaneAdmission, done: () => void): void {
  let parser: BlockParser | null = null;
  let unopened: ParsedBlock | null = null;
  let counter = new Int32Array(new SharedArrayBuffer(4));
  const close = () => {
    parser?.close();
    parser = null;
  };
  port.on('message', (message: Order) => {
    if (message.order === 'open') {
      counter = new Int32Array(message.answered);
      try {
        parser = new BlockParser(message.job, lanes);
      } catch (error) {
        unopened = failed(error);
      }
    } else if (message.order === 'close') {
      close();
    } else {
      port.postMessage(parser?.parse(message.block) ?? unopened);
      Atomics.add(counter, 0, 1);
      Atomics.notify(counter, 0);
    }
  });
  port.on('close', () => {
    close();
    done();
  });
}
