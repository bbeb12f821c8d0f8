import { type Span, SpanKind, type Tracer } from '@opentelemetry/api';
import { type Created, type Fetched, type SlotUse, VerifyGateway } from '@resend/ports.js';
import { failed, traced } from './traced-call.js';
import { currentRequest } from '../request-context.js';

/** A gateway with a span for every call to Twilio, such as `twilio fetchChallenge`. Retries share one span. */
export class TracedGateway extends VerifyGateway {
  constructor(
    private readonly inner: VerifyGateway,
    private readonly tracer: Tracer,
  ) {
    super();
  }

  override takeSlot(identity: string, use: SlotUse): Disposable | Promise<Disposable> {
    return this.inner.takeSlot(identity, use);
  }

  override fetchChallenge(identity: string, challengeSid: string): Promise<Fetched> {
    return this.spanned(
      'fetchChallenge',
      () => this.inner.fetchChallenge(identity, challengeSid),
      (span, fetched) => {
        span.setAttribute('push_resend.result', fetched.kind);
        if (fetched.kind === 'failed') failed(span, fetched.code);
      },
    );
  }

  override createNotification(
    identity: string,
    challengeSid: string,
    options: Parameters<VerifyGateway['createNotification']>[2],
  ): Promise<Created> {
    return this.spanned(
      'createNotification',
      () => this.inner.createNotification(identity, challengeSid, options),
      (span, created) => {
        span.setAttribute('push_resend.result', created.outcome);
        if (created.outcome === 'notSent') failed(span, created.code);
        if (created.outcome === 'unknown') failed(span, 'delivery-unknown');
      },
    );
  }

  private spanned<Answer>(
    operation: string,
    call: () => Promise<Answer>,
    annotate: (span: Span, answer: Answer) => void,
  ): Promise<Answer> {
    const attributes = { 'peer.service': 'twilio-verify' };
    return traced(
      this.tracer,
      { name: `twilio ${operation}`, kind: SpanKind.CLIENT, attributes },
      call,
      (span, answer) => {
        const exchange = currentRequest.getStore()?.twilio.at(-1);
        if (exchange) span.setAttribute('push_resend.twilio_code', exchange.code);
        annotate(span, answer);
      },
    );
  }
}
