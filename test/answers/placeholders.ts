import type { Answer } from './exchange.js';

/** How a stage tells time: by a clock that stands still until it is moved, or by the real one. */
export type Time = 'test' | 'real';

/** An answer with a placeholder for everything that is another one each time. */
export interface PlainAnswer {
  readonly status: string;
  readonly headers: Answer['headers'];
  /** As JSON where it is JSON; absent where there is none. */
  readonly body?: unknown;
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/;
/** What is random, with its name: numbered as it appears, so that equal values stay equal. The order counts. */
const RANDOM: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['token', /\bpr[sk]_[\w-]+_[A-Za-z0-9_-]{43}/g],
  ['YC', /\bYC[0-9a-f]{32}\b/g],
  ['NT', /\bNT[0-9a-f]{32}\b/g],
  ['other SID', /\b(?:AC|KE|SK|VA|YE|YF)[0-9a-f]{32}\b/g],
  ['id', /\b[0-9a-f]{32}\b/g],
  ['uuid', new RegExp(UUID, 'g')],
];
/** What is random as well and has no form of its own: by the property that holds it. */
const RANDOM_BY_KEY: Readonly<Record<string, string>> = { user: 'user', userHash: 'user', before: 'place' };
const TIMESTAMP = /\b(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{3})?Z/g;
/** A moment this close to the beginning of a scenario was told by the test clock, in milliseconds. */
const NEAR_MS = 2 * 86_400_000;

/** Counted down by the service, by the real clock: between a first request and a second one it may be less. */
const COUNTED_DOWN = /^(availableIn|expiresIn|retryAfter|endsIn|left)Seconds$/;
/** Counted up. */
const COUNTED_UP = /^(ageSeconds|lastResendSecondsAgo|sinceLastResendSeconds)$/;

/** The placeholders of one scenario: within it, the same value always has the same one. */
export class Placeholders {
  private readonly names = new Map<string, string>();
  private readonly counts = new Map<string, number>();

  /** @param startedAt when the scenario began by the test clock: epoch milliseconds */
  constructor(
    private readonly time: Time,
    private readonly startedAt: number,
  ) {}

  /** From now on this value is written as `<name>`. */
  know(name: string, value: string): void {
    this.names.set(value, `<${name}>`);
  }

  /** @param entry the request's name: another answer that has this one's id names it so */
  plain(entry: string, { status, headers, body }: Answer): PlainAnswer {
    const { 'request-id': requestId, 'content-length': length } = headers;
    const isRandom = typeof requestId === 'string' && UUID.test(requestId);
    if (isRandom) this.know('this request', requestId);
    const isMetrics = String(headers['content-type']).includes('version=0.0.4');
    const isRight = length === String(Buffer.byteLength(body)) || body === '';
    const varies = length !== undefined && isRight && (this.time === 'real' || isMetrics);
    const plain = {
      status,
      headers: this.headers({
        ...headers,
        ...(headers['date'] !== undefined && { date: '<date>' }),
        ...(varies && { 'content-length': '<its length>' }),
      }),
      ...(body !== '' && { body: isMetrics ? '<metrics>' : this.body(body) }),
    };
    if (isRandom) this.know(`request: ${entry}`, requestId);
    return plain;
  }

  private body(body: string): unknown {
    try {
      return this.value(JSON.parse(body));
    } catch {
      return this.text(body);
    }
  }

  private headers(headers: Answer['headers']): Answer['headers'] {
    return Object.fromEntries(
      Object.entries(headers).map(([name, value]) => {
        if (typeof value !== 'string') return [name, value.map((one) => this.text(one))];
        return [name, name === 'retry-after' ? String(this.countdown(Number(value))) : this.text(value)];
      }),
    );
  }

  private value(value: unknown, key = ''): unknown {
    if (typeof value === 'string') {
      const random = RANDOM_BY_KEY[key];
      return random === undefined ? this.text(value) : this.numbered(random, value);
    }
    if (typeof value === 'number' && COUNTED_DOWN.test(key)) return this.countdown(value);
    if (typeof value === 'number' && COUNTED_UP.test(key)) return this.countUp(value);
    if (Array.isArray(value)) return value.map((one) => this.value(one));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, this.value(inner, name)]));
  }

  private text(text: string): string {
    let plain = text;
    for (const [name, pattern] of RANDOM) plain = plain.replaceAll(pattern, (value) => this.numbered(name, value));
    for (const [value, name] of this.names) plain = plain.replaceAll(value, name);
    plain = plain.replaceAll(TIMESTAMP, (_, seconds: string, ms = '') => this.moment(`${seconds}Z`, ms));
    if (this.time === 'test') return plain;
    return plain
      .replaceAll(/;t=(\d+)/g, (_, seconds) => `;t=${this.countdown(Number(seconds))}`)
      .replaceAll(/just now|\b\d seconds? ago/g, '<0 to 9> seconds ago')
      .replaceAll(/\b(\d+) seconds?\b(?! ago)/g, (_, seconds) => `${this.countdown(Number(seconds))} seconds`);
  }

  private numbered(name: string, value: string): string {
    const known = this.names.get(value);
    if (known !== undefined) return known;
    const count = (this.counts.get(name) ?? 0) + 1;
    this.counts.set(name, count);
    this.know(`${name} ${count}`, value);
    return `<${name} ${count}>`;
  }

  /** By the test clock, how long after the scenario began: `<begin+34s>`. By the real one, only that it is a time. */
  private moment(timestamp: string, ms: string): string {
    const sinceBeginMs = Date.parse(timestamp) - this.startedAt;
    const isOfTestClock = Math.abs(sinceBeginMs) < NEAR_MS;
    return isOfTestClock ? `<begin+${sinceBeginMs / 1000}${ms}s>` : `<time${ms.replaceAll(/\d/g, '0')}>`;
  }

  /** By the real clock to within ten seconds: `<51 to 60>`. */
  private countdown(seconds: number): number | string {
    const most = Math.ceil(seconds / 10) * 10;
    return this.time === 'test' || seconds === 0 ? seconds : `<${most - 9} to ${most}>`;
  }

  private countUp(seconds: number): number | string {
    const least = Math.floor(seconds / 10) * 10;
    return this.time === 'test' ? seconds : `<${least} to ${least + 9}>`;
  }
}
