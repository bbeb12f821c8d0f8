import { type Created, type Fetched, VerifyGateway } from '@resend/ports.js';
import { failureOf } from '@verify/twilio-failures.js';
import type { Process } from './process.js';
import { createFault, fetchFault, stallMs, twilioFate } from './fault-rates.js';
import { currentTap } from './tap.js';
import { currentFaultRates, type World } from './world.js';

/** One process' way to Twilio, as strict as the real gateway: `notSent` only on proof. */
export class TwilioOverWire extends VerifyGateway {
  constructor(
    private readonly world: World,
    private readonly process: Process,
  ) {
    super();
  }

  override takeSlot(): Disposable {
    return this.process.takeSlot();
  }

  override async fetchChallenge(identity: string, challengeSid: string): Promise<Fetched> {
    const { world, process } = this;
    const { random, deadlines, twilio, tell } = world;
    const faultRates = currentFaultRates(world);
    const fault = fetchFault(random, faultRates);
    if (fault !== 'none') world.figures.faults['Twilio fault'] += 1;
    if (fault === 'no connection') return { kind: 'failed', code: 'provider-unavailable' };

    const by = byWhom();
    const askedAt = process.monotonic();
    const reply = await process.exchange<Fetched>({
      what: () => `${by}: fetch`,
      fate: twilioFate(random, faultRates, deadlines.fetchMs),
      deadlineMs: deadlines.fetchMs,
      work: () => {
        if (fault === 'throttled') return { kind: 'failed', code: 'provider-throttled', waitMs: 1000 };
        if (fault === 'server error') return { kind: 'failed', code: 'provider-error' };
        const fact = twilio.fetch(identity, challengeSid);
        tell(() => `${by}: fetch → ${JSON.stringify(fact)}`);
        return { kind: 'learnt', fact };
      },
    });
    await this.dawdle('fetch');
    if (!reply) return { kind: 'failed', code: 'provider-unavailable' };
    const { value } = reply;
    if (value.kind === 'failed' || value.fact.kind !== 'fetched') return value;
    const remainingMs = value.fact.remainingMs - (process.monotonic() - askedAt);
    return { kind: 'learnt', fact: { ...value.fact, remainingMs } };
  }

  override async createNotification(
    identity: string,
    challengeSid: string,
    { ttlSeconds, sendBefore }: { readonly ttlSeconds: number; readonly sendBefore: number },
  ): Promise<Created> {
    const { world, process } = this;
    const { random, deadlines, twilio, record, tell } = world;
    const faultRates = currentFaultRates(world);
    const planned = currentTap.getStore()?.create;
    const fault = planned === undefined || planned === 'late' ? createFault(random, faultRates) : planned;
    if (fault !== 'none') world.figures.faults['Twilio fault'] += 1;

    const by = byWhom();
    const tap = currentTap.getStore();
    const deadline = process.monotonic() + deadlines.createMs;
    const heldBackMs = stallMs(random, faultRates, deadlines);
    if (heldBackMs > 0) await process.sleep(heldBackMs);
    if (fault === 'no connection' || process.monotonic() > Math.min(sendBefore, deadline)) {
      tell(() => `${by}: create never leaves`);
      record.cases.reached('a create was held back too long, and never left', fault !== 'no connection');
      await this.dawdle('create');
      return { outcome: 'notSent', code: 'provider-unavailable' };
    }

    tell(() => `${by}: create leaves, ttl ${ttlSeconds} s`);
    record.posted(tap, identity);
    const reply = await process.exchange<Created>({
      what: () => `${by}: create`,
      fate:
        planned === 'late'
          ? { requestMs: deadlines.createMs - 1, replyMs: 0 }
          : twilioFate(random, faultRates, deadlines.createMs),
      deadlineMs: Math.max(0, deadline - process.monotonic()),
      work: () => {
        if (fault === 'throttled') return { outcome: 'notSent', code: 'provider-throttled', waitMs: 1000 };
        if (fault === 'rejected') return { outcome: 'notSent', code: 'provider-rejected' };
        if (fault === 'server error') return { outcome: 'unknown' };
        const created = twilio.create(identity, challengeSid);
        tell(() => `${by}: create → ${created}${fault === 'none' ? '' : ', and then an error'}`);
        record.created(tap, { identity, challengeSid, ttlSeconds }, created);
        if (fault === 'server error after') return { outcome: 'unknown' };
        if (typeof created === 'string') return { outcome: 'sent', sid: created };
        const { code, fact } = failureOf({ code: created, message: '' }, created === 60_309 ? 429 : 403);
        return { outcome: 'notSent', code, ...(fact && { fact }) };
      },
    });
    await this.dawdle('create');
    return reply?.value ?? { outcome: 'unknown' };
  }

  private async dawdle(over: 'fetch' | 'create'): Promise<void> {
    const { dawdles } = currentTap.getStore() ?? {};
    if (dawdles?.over === over) await this.process.sleep(dawdles.ms);
  }
}

function byWhom(): string {
  const tap = currentTap.getStore();
  return tap ? `tap ${tap.number}` : 'a screen';
}
