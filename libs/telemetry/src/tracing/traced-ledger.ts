import { type Span, SpanKind, type Tracer } from '@opentelemetry/api';
import {
  type ChallengeFact,
  type DispatchCommand,
  type Dispatched,
  Ledger,
  type Looked,
  type Overview,
  type ReserveCommand,
  type Reserved,
  type SettleCommand,
  type Settled,
  type Standing,
} from '@resend/ports.js';
import { traced } from './traced-call.js';

/** A ledger whose every operation is a span, `ledger reserve`. */
export class TracedLedger extends Ledger {
  constructor(
    private readonly inner: Ledger,
    private readonly tracer: Tracer,
    private readonly place: 'redis' | 'memory',
  ) {
    super();
  }

  override reserve(identity: string, command: ReserveCommand): Promise<Reserved> {
    return this.spanned('reserve', () => this.inner.reserve(identity, command), decided);
  }

  override dispatch(identity: string, command: DispatchCommand): Promise<Dispatched> {
    return this.spanned('dispatch', () => this.inner.dispatch(identity, command), decided);
  }

  override settle(identity: string, command: SettleCommand): Promise<Settled> {
    const { outcome } = command.settlement;
    return this.spanned(
      'settle',
      () => this.inner.settle(identity, command),
      (span, { kind }) => span.setAttributes({ 'push_resend.result': kind, 'push_resend.settlement': outcome }),
    );
  }

  override peek(identity: string, challengeSid: string, fact?: ChallengeFact): Promise<Standing> {
    return this.spanned('peek', () => this.inner.peek(identity, challengeSid, fact), told);
  }

  override look(identity: string, challengeSid: string): Promise<Looked> {
    return this.spanned(
      'look',
      () => this.inner.look(identity, challengeSid),
      (span, { kind }) => span.setAttribute('push_resend.result', kind),
    );
  }

  override learn(identity: string, challengeSid: string, fact: ChallengeFact): Promise<Standing> {
    return this.spanned('learn', () => this.inner.learn(identity, challengeSid, fact), told);
  }

  override overview(identity: string): Promise<Overview> {
    return this.spanned('overview', () => this.inner.overview(identity));
  }

  override reset(identity: string): Promise<void> {
    return this.spanned('reset', () => this.inner.reset(identity));
  }

  override block(identity: string, durationMs: number): Promise<void> {
    return this.spanned('block', () => this.inner.block(identity, durationMs));
  }

  override unblock(identity: string): Promise<void> {
    return this.spanned('unblock', () => this.inner.unblock(identity));
  }

  private spanned<Answer>(
    operation: string,
    call: () => Promise<Answer>,
    tell: (span: Span, answer: Answer) => void = () => {},
  ): Promise<Answer> {
    const isRemote = this.place === 'redis';
    const attributes = isRemote ? { 'db.system.name': 'redis', 'db.operation.name': operation } : {};
    const kind = isRemote ? SpanKind.CLIENT : SpanKind.INTERNAL;
    return traced(this.tracer, { name: `ledger ${operation}`, kind, attributes }, call, tell);
  }
}

function decided(span: Span, answer: Reserved | Dispatched): void {
  span.setAttribute('push_resend.result', answer.kind === 'refused' ? answer.code : answer.kind);
}

function told(span: Span, { next }: Standing): void {
  span.setAttribute('push_resend.result', next.code);
}
