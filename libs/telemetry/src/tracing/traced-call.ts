import { type Attributes, context, type Span, SpanKind, SpanStatusCode, trace, type Tracer } from '@opentelemetry/api';
import { Refusal } from '@resend/refusals.js';

/** The name and attributes of a call's span. */
export interface Call {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
}

/**
 * Runs a call in a span of its own, a child of the current one.
 * @param annotate writes the result to the span
 */
export async function traced<Answer>(
  tracer: Tracer,
  { name, kind, attributes }: Call,
  call: () => Promise<Answer>,
  annotate: (span: Span, answer: Answer) => void,
): Promise<Answer> {
  const span = tracer.startSpan(name, { kind, attributes });
  try {
    const answer = await context.with(trace.setSpan(context.active(), span), call);
    annotate(span, answer);
    return answer;
  } catch (error) {
    // Without the message, which may quote anything.
    failed(span, error instanceof Refusal ? error.code : '_OTHER');
    throw error;
  } finally {
    span.end();
  }
}

/** Marks a span as failed. @param type from a closed set */
export function failed(span: Span, type: string): void {
  span.setAttribute('error.type', type).setStatus({ code: SpanStatusCode.ERROR });
}
