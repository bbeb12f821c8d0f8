import { describe, expect, it } from 'vitest';
import { Refusal } from '@resend/refusals.js';
import { Room } from '@verify/room.js';

const overloaded = new Refusal('overloaded');

describe('room', () => {
  it('is free again once, however often a place is disposed of', async () => {
    const room = new Room({ limit: 2, maxWaiting: 0, maxWaitMs: 1 });
    const first = await room.take();
    await room.take();
    await expect(room.take()).rejects.toThrow(overloaded);
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    await room.take();
    await expect(room.take()).rejects.toThrow(overloaded);
  });

  it('is given to whoever has waited longest', async () => {
    const room = new Room({ limit: 1, maxWaiting: 2, maxWaitMs: 10_000 });
    const inside = await room.take();
    const order: string[] = [];
    const come = async (name: string) => {
      using _place = await room.take();
      order.push(name);
    };
    const all = [come('second'), come('third')];
    await expect(room.take()).rejects.toThrow(overloaded);
    expect(order).toEqual([]);
    inside[Symbol.dispose]();
    await Promise.all(all);
    expect(order).toEqual(['second', 'third']);
  });

  it('is not waited for longer than agreed, and whoever gave up takes no place', async () => {
    const room = new Room({ limit: 1, maxWaiting: 1, maxWaitMs: 20 });
    const inside = await room.take();
    await expect(room.take()).rejects.toThrow(overloaded);
    inside[Symbol.dispose]();
    const next = await room.take();
    await expect(room.take()).rejects.toThrow(overloaded);
    next[Symbol.dispose]();
  });
});
