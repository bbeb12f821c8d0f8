import {
  faultKinds,
  faultyOperations,
  RETRY_AFTER_SECONDS,
  type FaultKind,
  type FaultyOperation,
} from './fault-kinds.js';
import { Input, InputError } from './input.js';

/** A planned misbehaviour. */
export interface Fault {
  readonly operation: FaultyOperation;
  readonly kind: FaultKind;
  /** Requests it still hits; infinite unless `times` was given. */
  timesLeft: number;
  /** 0 to 1: the share of requests it hits. */
  readonly probability: number;
  /** Real milliseconds: before the answer, or between its pieces for `drip` and `endless-body`. */
  readonly delayMs: number | undefined;
  readonly code: number | undefined;
  readonly status: number | undefined;
  readonly retryAfterSeconds: number;
  /** Whether the work is done although the answer fails. */
  readonly processed: boolean;
}

/** What is planned to go wrong, first come first served. */
export class Faults {
  private planned: Fault[] = [];

  constructor(private readonly random: () => number) {}

  /** @throws InputError on an unknown kind or a value it can not have */
  plan(body: unknown): Fault {
    const fault = readFault(body);
    this.planned.push(fault);
    return fault;
  }

  /** The fault that hits a request, and one of its `times` used up. */
  draw(operation: string | undefined, socketReused: boolean): Fault | undefined {
    const fault = this.planned.find(
      (one) =>
        one.operation === operation &&
        (one.kind !== 'close-reused-socket' || socketReused) &&
        (one.probability === 1 || this.random() < one.probability),
    );
    if (!fault) return undefined;
    fault.timesLeft -= 1;
    if (fault.timesLeft <= 0) this.planned = this.planned.filter((one) => one !== fault);
    return fault;
  }

  /** What is still planned; `timesLeft` null: until deleted. */
  list() {
    return this.planned.map((fault) => ({
      ...fault,
      timesLeft: Number.isFinite(fault.timesLeft) ? fault.timesLeft : null,
    }));
  }

  clear(): void {
    this.planned = [];
  }
}

function readFault(body: unknown): Fault {
  const input = new Input(body);
  const operation = input.required('operation', input.oneOf('operation', faultyOperations));
  const kind = input.required('kind', input.oneOf('kind', Object.keys(faultKinds) as FaultKind[]));
  const fault: Fault = {
    operation,
    kind,
    timesLeft: input.integer('times', 1, 1_000_000) ?? Number.POSITIVE_INFINITY,
    probability: input.number('probability', 0, 1) ?? 1,
    delayMs: input.integer('delayMs', 0, 600_000),
    code: input.integer('code', 1, 99_999_999),
    status: input.integer('status', 200, 599),
    retryAfterSeconds: input.integer('retryAfterSeconds', 0, 86_400) ?? RETRY_AFTER_SECONDS,
    processed: readProcessed(kind, input.boolean('processed')),
  };
  input.end({});
  if (kind === 'unknown-status' && operation !== 'fetchChallenge') {
    throw new InputError('unknown-status applies to fetchChallenge only: a Notification has no status.');
  }
  return fault;
}

function readProcessed(kind: FaultKind, asked: boolean | undefined): boolean {
  const { processed } = faultKinds[kind];
  switch (processed) {
    case 'always':
    case 'never': {
      const fixed = processed === 'always';
      if (asked !== undefined && asked !== fixed) throw new InputError(`${kind} is ${processed} processed.`);
      return fixed;
    }
    case 'by-default':
      if (asked === false && kind !== 'never-answer') {
        throw new InputError(`${kind} spoils a true answer, so there has to be one: processed can not be false.`);
      }
      return asked ?? true;
    case 'not-by-default':
      return asked ?? false;
    default:
      return processed satisfies never;
  }
}
