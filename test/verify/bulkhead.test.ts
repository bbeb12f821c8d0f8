import { describe, expect, it } from 'vitest';
import type { SlotUse } from '@resend/ports.js';
import { Refusal } from '@resend/refusals.js';
import { Bulkhead } from '@verify/bulkhead.js';

const overloaded = new Refusal('overloaded');
const tooMany = new Refusal('too-many-requests', { waitMs: 1000 });

describe('a bulkhead', () => {
  it('has one more free slot once, however often that slot is disposed of', async () => {
    const bulkhead = new Bulkhead({ limit: 2, maxWaiting: 0, maxWaitMs: 1 });
    const first = await bulkhead.acquire('ann', 'tap');
    await bulkhead.acquire('bob', 'tap');
    await expect(bulkhead.acquire('cid', 'tap')).rejects.toThrow(overloaded);
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    await bulkhead.acquire('cid', 'tap');
    await expect(bulkhead.acquire('dan', 'tap')).rejects.toThrow(overloaded);
  });

  it('a free slot goes to the caller that has waited longest', async () => {
    const bulkhead = new Bulkhead({ limit: 1, maxWaiting: 2, maxWaitMs: 10_000 });
    const inside = await bulkhead.acquire('ann', 'tap');
    const line = new Line(bulkhead);
    line.come('bob', 'tap');
    line.come('cid', 'tap');
    await expect(bulkhead.acquire('dan', 'tap')).rejects.toThrow(overloaded);
    expect(line.entered).toEqual([]);
    inside[Symbol.dispose]();
    await line.end();
    expect(line.entered).toEqual(['tap of bob', 'tap of cid']);
  });

  it('refuses after the maximum wait, and keeps no slot for a caller that gave up', async () => {
    const bulkhead = new Bulkhead({ limit: 1, maxWaiting: 1, maxWaitMs: 20 });
    const inside = await bulkhead.acquire('ann', 'tap');
    await expect(bulkhead.acquire('bob', 'tap')).rejects.toThrow(overloaded);
    inside[Symbol.dispose]();
    const next = await bulkhead.acquire('bob', 'tap');
    await expect(bulkhead.acquire('cid', 'tap')).rejects.toThrow(overloaded);
    next[Symbol.dispose]();
  });
});

describe('a bulkhead that is full', () => {
  it('a full bulkhead serves taps before earlier looks', async () => {
    const bulkhead = new Bulkhead({ limit: 1, maxWaiting: 4, maxWaitMs: 10_000 });
    const inside = await bulkhead.acquire('ann', 'look');
    const line = new Line(bulkhead);
    line.come('bob', 'look');
    line.come('cid', 'tap');
    line.come('dan', 'look');
    line.come('eve', 'webhook');
    inside[Symbol.dispose]();
    await line.end();
    expect(line.entered).toEqual(['tap of cid', 'webhook of eve', 'look of bob', 'look of dan']);
  });

  it('makes room in the queue for a tap: the look that came last is refused', async () => {
    const bulkhead = new Bulkhead({ limit: 1, maxWaiting: 2, maxWaitMs: 10_000 });
    const inside = await bulkhead.acquire('ann', 'tap');
    const line = new Line(bulkhead);
    line.come('bob', 'look');
    line.come('cid', 'look');
    line.come('dan', 'tap');
    await expect(bulkhead.acquire('eve', 'look')).rejects.toThrow(overloaded);
    line.come('fay', 'tap');
    await expect(bulkhead.acquire('gus', 'tap')).rejects.toThrow(overloaded);
    inside[Symbol.dispose]();
    await line.end();
    expect(line.entered).toEqual(['tap of dan', 'tap of fay']);
    expect(line.refused).toEqual(['look of cid: overloaded', 'look of bob: overloaded']);
  });
});

describe('one user', () => {
  const roomy = { limit: 100, maxWaiting: 100, maxWaitMs: 20 };

  it('has three slots for looks at most, and two more for taps and webhooks, whatever else is free', async () => {
    const bulkhead = new Bulkhead(roomy);
    for (let number = 1; number <= 3; number++) await bulkhead.acquire('ann', 'look');
    await expect(bulkhead.acquire('ann', 'look')).rejects.toThrow(tooMany);
    await bulkhead.acquire('ann', 'webhook');
    await bulkhead.acquire('ann', 'tap');
    await expect(bulkhead.acquire('ann', 'tap')).rejects.toThrow(tooMany);
    await bulkhead.acquire('bob', 'look');
  });

  it('who has too many waits for one of these, and holds up nobody', async () => {
    const bulkhead = new Bulkhead({ ...roomy, maxWaitMs: 10_000 });
    const taps = [];
    for (let number = 1; number <= 5; number++) taps.push(await bulkhead.acquire('ann', 'tap'));
    const line = new Line(bulkhead);
    line.come('ann', 'tap');
    line.come('bob', 'look');
    await expect.poll(() => line.entered).toEqual(['look of bob']);
    taps[0]?.[Symbol.dispose]();
    await line.end();
    expect(line.entered).toEqual(['look of bob', 'tap of ann']);
  });

  it('a user at the slot limit is overtaken by others in the queue', async () => {
    const bulkhead = new Bulkhead({ limit: 4, maxWaiting: 9, maxWaitMs: 10_000 });
    for (let number = 1; number <= 3; number++) await bulkhead.acquire('ann', 'look');
    const other = await bulkhead.acquire('bob', 'look');
    const line = new Line(bulkhead);
    line.come('ann', 'look');
    line.come('cid', 'look');
    other[Symbol.dispose]();
    await expect.poll(() => line.entered).toEqual(['look of cid']);
  });

  it('who has too many makes room in a queue that is full, even for a look', async () => {
    const bulkhead = new Bulkhead({ limit: 6, maxWaiting: 2, maxWaitMs: 10_000 });
    for (let number = 1; number <= 5; number++) await bulkhead.acquire('ann', 'tap');
    const other = await bulkhead.acquire('bob', 'tap');
    const line = new Line(bulkhead);
    line.come('ann', 'tap');
    line.come('cid', 'tap');
    line.come('dan', 'look');
    await expect.poll(() => line.refused).toEqual(['tap of ann: too-many-requests']);
    other[Symbol.dispose]();
    await line.end();
    expect(line.entered).toEqual(['tap of cid', 'look of dan']);
  });

  it('has a part of the queue at most', async () => {
    const bulkhead = new Bulkhead({ ...roomy, maxWaitMs: 10_000 });
    const taps = [];
    for (let number = 1; number <= 5; number++) taps.push(await bulkhead.acquire('ann', 'tap'));
    const line = new Line(bulkhead);
    for (let number = 1; number <= 33; number++) line.come('ann', 'tap');
    await expect.poll(() => line.refused).toEqual(['tap of ann: too-many-requests']);
    for (const tap of taps) tap[Symbol.dispose]();
    await line.end();
    expect(line.entered).toHaveLength(32);
  });
});

/** Callers who come one after the other, enter when they are let in, and leave at once. */
class Line {
  readonly entered: string[] = [];
  readonly refused: string[] = [];
  private readonly all: Promise<void>[] = [];

  constructor(private readonly bulkhead: Bulkhead) {}

  come(user: string, use: SlotUse): void {
    this.all.push(this.go(user, use));
  }

  async end(): Promise<void> {
    await Promise.all(this.all);
  }

  private async go(user: string, use: SlotUse): Promise<void> {
    try {
      using _slot = await this.bulkhead.acquire(user, use);
      this.entered.push(`${use} of ${user}`);
    } catch (error) {
      this.refused.push(`${use} of ${user}: ${(error as Refusal).code}`);
    }
  }
}
