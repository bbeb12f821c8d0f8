import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventStreamParser } from '@client/host/event-stream.js';
import { anyString } from '../fuzz/inputs.js';

function parsed(...pieces: readonly string[]): string[] {
  const heard: string[] = [];
  const parse = eventStreamParser((data) => void heard.push(data));
  for (const piece of pieces) parse(piece);
  return heard;
}

test('an event is its data', () => {
  expect(parsed('event: standing\ndata: {"a":1}\n\n').map((data) => JSON.parse(data) as unknown)).toEqual([{ a: 1 }]);
});

test('heartbeats, other events, and an event that is not complete are not heard', () => {
  expect(parsed(':\n\n', 'event: news\ndata: 1\n\n', 'event: standing\ndata: 2\n')).toEqual([]);
});

test('only a line feed ends a line: JSON may have other separators as they are', () => {
  expect(parsed('event: standing\ndata:"\u2028\u2029"\n\n')).toEqual(['"\u2028\u2029"']);
});

test('it is the same in pieces of any size, and with either end of line', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.jsonValue().map((value) => JSON.stringify(value)),
        { maxLength: 5 },
      ),
      fc.array(fc.nat(), { maxLength: 20 }),
      fc.constantFrom('\n', '\r\n'),
      (values, cuts, newline) => {
        const text = values.map((value) => `:\n\nevent: standing\ndata: ${value}\n\n`).join('');
        const sent = text.replaceAll('\n', newline);
        const places = [0, ...cuts.map((cut) => cut % (sent.length + 1)).toSorted((a, b) => a - b), sent.length];
        const pieces = places.slice(1).map((place, index) => sent.slice(places[index], place));
        expect(parsed(...pieces).map((data) => data.trim())).toEqual(values);
      },
    ),
  );
});

test('no text breaks it', () => {
  fc.assert(fc.property(fc.array(anyString), (pieces) => void parsed(...pieces)));
});
