import { describe, expect, it } from 'vitest';
import { Refusal } from '@resend/refusals.js';
import { Bulkhead } from '@verify/bulkhead.js';

const overloaded = new Refusal('overloaded');

describe('a bulkhead', () => {
  it('has one more free slot once, however often that slot is disposed of', async () => {
    const bulkhead = new Bulkhead({ limit: 2, maxWaiting: 0, maxWaitMs: 1 });
    const first = await bulkhead.acquire();
    await bulkhead.acquire();
    await expect(bulkhead.acquire()).rejects.toThrow(overloaded);
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    await bulkhead.acquire();
    await expect(bulkhead.acquire()).rejects.toThrow(overloaded);
  });

  it('passes a slot on to the caller that has waited longest', async () => {
    const bulkhead = new Bulkhead({ limit: 1, maxWaiting: 2, maxWaitMs: 10_000 });
    const inside = await bulkhead.acquire();
    const order: string[] = [];
    const come = async (name: string) => {
      using _slot = await bulkhead.acquire();
      order.push(name);
    };
    const all = [come('second'), come('third')];
    await expect(bulkhead.acquire()).rejects.toThrow(overloaded);
    expect(order).toEqual([]);
    inside[Symbol.dispose]();
    await Promise.all(all);
    expect(order).toEqual(['second', 'third']);
  });

  it('refuses after the maximum wait, and keeps no slot for a caller that gave up', async () => {
    const bulkhead = new Bulkhead({ limit: 1, maxWaiting: 1, maxWaitMs: 20 });
    const inside = await bulkhead.acquire();
    await expect(bulkhead.acquire()).rejects.toThrow(overloaded);
    inside[Symbol.dispose]();
    const next = await bulkhead.acquire();
    await expect(bulkhead.acquire()).rejects.toThrow(overloaded);
    next[Symbol.dispose]();
  });
});
