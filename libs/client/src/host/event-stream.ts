/**
 * Parses the `text/event-stream` of the service, in pieces of any size: an event is its name and one line of data.
 *
 * @param heard called with the data of each event that is named `standing`
 * @returns takes the next piece
 */
export function eventStreamParser(heard: (data: string) => void): (piece: string) => void {
  let rest = '';
  return (piece) => {
    const events = (rest + piece).replaceAll('\r', '').split('\n\n');
    rest = events.pop() ?? '';
    for (const event of events) {
      const [, data] = /^event: ?standing\ndata:([^\n]*)/m.exec(event) ?? [];
      if (data) heard(data);
    }
  };
}
