import { type Command, Redis } from 'ioredis';
import { vi } from 'vitest';

/**
 * What this process sends to Redis, on whatever connection; without what no request waits for: audit trail, notices, and what
 * an instance checks by itself.
 */
export interface Recorded {
  /**
   * What was sent since this was asked for last. Each list is what left before any reply to it came: who sends the next
   * one has waited for Redis once more.
   */
  waits(): string[][];
  stop(): void;
}

export function recordCommands(): Recorded {
  let waits: string[][] = [];
  let isAnswered = true;
  const send = Reflect.get(Redis.prototype, 'sendCommand') as (this: Redis, ...sent: unknown[]) => unknown;
  const spy = vi.spyOn(Redis.prototype, 'sendCommand').mockImplementation(function (this: Redis, command, stream) {
    const name = nameOf(command);
    if (NOT_WAITED_FOR.test(name)) return send.call(this, command, stream);
    if (isAnswered) waits.push([]);
    isAnswered = false;
    waits.at(-1)?.push(name);
    const answered = () => void (isAnswered = true);
    command.promise.then(answered, answered);
    return send.call(this, command, stream);
  });
  return {
    waits: () => {
      const recorded = waits;
      waits = [];
      isAnswered = true;
      return recorded;
    },
    stop: () => spy.mockRestore(),
  };
}

/** `reserve` for an operation of the ledger, `get pause`, `script address session pause` for what a script is given. */
function nameOf({ name, args }: Command): string {
  const isScript = name.startsWith('eval');
  const end = isScript ? 2 + Number(args[1]) : 1;
  const keys = args.slice(isScript ? 2 : 0, end).map((key) => KINDS.find(([, kind]) => kind.test(String(key)))?.[0]);
  const operation = keys[0] === 'user' ? String(args[end]) : undefined;
  return operation ?? [isScript ? 'script' : name, ...keys].join(' ');
}

const NOT_WAITED_FOR = /^(script audit$|s?publish $|info\b|ping\b|[gs]et fingerprint$)/;

const KINDS: readonly (readonly [string, RegExp])[] = [
  ['address', /:(taps|looks):address:/],
  ['session-counter', /:(taps|looks):session:/],
  ['session', /:session:/],
  ['pause', /:pause$/],
  ['audit', /:audit$/],
  ['fingerprint', /\{fingerprint:/],
  ['user', /:\{[^}]+\}$/],
];
