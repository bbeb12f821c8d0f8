import { type Attributes, context, type Span, SpanKind, SpanStatusCode, trace, type Tracer } from '@opentelemetry/api';
import { Refusal } from '@resend/refusals.js';

/** What is called, as a span names it. */
export interface Call {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
}

/**
 * Makes one call as one span, under the current one.
 * @param tell writes into the span what came of it
 */
export async function traced<Answer>(
  tracer: Tracer,
  { name, kind, attributes }: Call,
  call: () => Promise<Answer>,
  tell: (span: Span, answer: Answer) => void,
): Promise<Answer> {
  const span = tracer.startSpan(name, { kind, attributes });
  try {
    const answer = await context.with(trace.setSpan(context.active(), span), call);
    tell(span, answer);
    return answer;
  } catch (error) {
    // Not its message, which may quote anything.
    failed(span, error instanceof Refusal ? error.code : '_OTHER');
    throw error;
  } finally {
    span.end();
  }
}

/** @param type of a closed set */
export function failed(span: Span, type: string): void {
  span.setAttribute('error.type', type).setStatus({ code: SpanStatusCode.ERROR });
}
