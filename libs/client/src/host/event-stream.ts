/** Longer than any event of the service. */
const LONGEST_EVENT = 65_536;

/**
 * Parses the `text/event-stream` of the service, in pieces of any size.
 *
 * @param heard called with the data of each event that is named `standing`
 * @returns takes the next piece
 * @throws RangeError for an event that never ends
 */
export function eventStreamParser(heard: (data: string) => void): (piece: string) => void {
  let rest = '';
  return (piece) => {
    const events = (rest + piece).replaceAll('\r', '').split('\n\n');
    rest = events.pop() ?? '';
    for (const event of events) {
      const data = [...event.matchAll(/^data:(.*)/gm)].map(([, line]) => line);
      if (/^event: ?standing$/m.test(event) && data.length > 0) heard(data.join('\n'));
    }
    if (rest.length > LONGEST_EVENT) throw new RangeError('an event without an end');
  };
}
