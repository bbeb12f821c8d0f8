import {
  ApiBearerAuth,
  ApiCookieAuth,
  ApiHeader,
  ApiOperation,
  ApiResponse,
  ApiSecurity,
  ApiTags,
} from '@nestjs/swagger';
import { Reflector } from '@nestjs/core';
import { Needs } from '@nest/internal/consumer.guard.js';
import { showCheckedTypes } from './checked-types.js';
import type { ProblemCode } from '@nest/answers/problems.js';
import type { HeaderName } from './headers.js';
import { problemResponses } from './problem-examples.js';

/** The documentation of one route that can not be derived from the code. */
export interface Operation {
  readonly id: string;
  readonly summary: string;
  readonly description?: string;
  readonly tag: 'login screens' | 'internal consumers' | 'Twilio' | 'operators';
  readonly answers: Readonly<Record<number, Answer>>;
  /** In addition to the errors of HTTP itself. */
  readonly problems: readonly ProblemCode[];
  /** Who may call: a user's session, an internal consumer, or anyone who can reach the port. */
  readonly caller: 'session' | 'consumer' | 'anybody';
  readonly takesKey?: true;
  readonly hasBody?: true;
}

export interface Answer {
  readonly description: string;
  /** A name in `ANSWER_SCHEMAS`. */
  readonly schema?: string;
  readonly mediaType?: string;
  readonly example?: unknown;
  readonly headers?: readonly HeaderName[];
}

/** A controller's method and its documentation. */
export type DescribedOperation = readonly [controller: Class, method: string, Operation];

type Class = abstract new (...dependencies: never[]) => object;

/** Adds the documentation that Swagger can not derive to a controller's method. */
export function describeOperation([controller, method, operation]: DescribedOperation, baseUri: string): void {
  const { id, summary, description, tag, answers, problems, caller, takesKey, hasBody } = operation;
  const prototype = controller.prototype as Record<string, object>;
  const descriptor = Object.getOwnPropertyDescriptor(prototype, method);
  if (!descriptor) throw new Error(`${controller.name} has no ${method}`);
  showCheckedTypes(controller, method);
  const apply = (decorator: MethodDecorator) => decorator(prototype, method, descriptor);

  const scope: string | undefined = new Reflector().get(Needs, descriptor.value as () => unknown);
  const text = [description, scope && `Requires the scope \`${scope}\`.`].filter(Boolean).join(' ');
  apply(ApiOperation({ operationId: id, summary, ...(text !== '' && { description: text }) }));
  apply(ApiTags(tag));
  if (caller === 'session') {
    apply(ApiBearerAuth('session'));
    apply(ApiCookieAuth('session-cookie'));
  }
  if (caller === 'consumer') apply(ApiBearerAuth('internal'));
  if (caller === 'anybody') apply(ApiSecurity({}));
  if (takesKey) {
    apply(ApiHeader({ name: 'Idempotency-Key', required: false, description: KEY, schema: KEY_SCHEMA }));
  }
  for (const [status, answer] of Object.entries(answers)) apply(ApiResponse(responseOf(Number(status), answer)));
  const isInternal = caller === 'consumer';
  for (const response of problemResponses(problems, hasBody === true, baseUri, isInternal))
    apply(ApiResponse(response));
}

const KEY = 'A new one for each press of the button: 8 to 128 letters, digits, dashes or underscores, quoted or bare.';
const KEY_SCHEMA = { type: 'string', pattern: '^("[A-Za-z0-9_-]{8,128}"|[A-Za-z0-9_-]{8,128})$' };

function responseOf(status: number, { description, schema, mediaType = 'application/json', example, headers }: Answer) {
  const named = ['Request-Id', ...(headers ?? [])].map((name) => [name, { $ref: `#/components/headers/${name}` }]);
  const content = schema === undefined ? { type: 'string' } : { $ref: `#/components/schemas/${schema}` };
  const hasContent = schema !== undefined || example !== undefined;
  return {
    status,
    description,
    headers: Object.fromEntries(named),
    ...(hasContent && { content: { [mediaType]: { schema: content, ...(example !== undefined && { example }) } } }),
  };
}
