import { type Attributes, SpanKind, type Tracer } from '@opentelemetry/api';
import {
  type Dispatched,
  Ledger,
  type LedgerAnswer,
  type LedgerCommand,
  type LedgerOperation,
  type Reserved,
  type Standing,
} from '@resend/ports.js';
import { traced } from './traced-call.js';

/** A ledger that makes a span of every operation, such as `ledger reserve`. */
export class TracedLedger extends Ledger {
  constructor(
    private readonly inner: Ledger,
    private readonly tracer: Tracer,
    private readonly place: 'redis' | 'memory',
  ) {
    super();
  }

  override run<Op extends LedgerOperation>(
    operation: Op,
    identity: string,
    command: LedgerCommand<Op>,
  ): Promise<LedgerAnswer<Op>> {
    const isRemote = this.place === 'redis';
    const attributes = isRemote ? { 'db.system.name': 'redis', 'db.operation.name': operation } : {};
    const kind = isRemote ? SpanKind.CLIENT : SpanKind.INTERNAL;
    return traced(
      this.tracer,
      { name: `ledger ${operation}`, kind, attributes },
      () => this.inner.run(operation, identity, command),
      (span, answer) => span.setAttributes(RESULTS[operation](answer, command)),
    );
  }
}

/** The attributes that an operation's answer gives its span. */
const RESULTS: {
  readonly [Op in LedgerOperation]: (answer: LedgerAnswer<Op>, command: LedgerCommand<Op>) => Attributes;
} = {
  reserve: decision,
  dispatch: decision,
  settle: ({ kind }, { settlement }) => ({
    'push_resend.result': kind,
    'push_resend.settlement': settlement.outcome,
  }),
  peek: next,
  look: ({ kind }) => ({ 'push_resend.result': kind }),
  learn: next,
  overview: () => ({}),
  reset: () => ({}),
  block: () => ({}),
  unblock: () => ({}),
};

function decision(answer: Reserved | Dispatched): Attributes {
  return { 'push_resend.result': answer.kind === 'refused' ? answer.code : answer.kind };
}

function next(standing: Standing): Attributes {
  return { 'push_resend.result': standing.next.code };
}
