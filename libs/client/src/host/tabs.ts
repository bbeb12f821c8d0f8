/** The other tabs of this login. */
export interface Tabs {
  tell(message: string): void;
  close(): void;
}

/** Outside of a browser there are no other tabs. A browser that denies site data denies them by an error. */
export function browserTabs(name: string, heard: (message: string) => void): Tabs | undefined {
  if (!globalThis.document || !globalThis.BroadcastChannel) return undefined;
  let channel: BroadcastChannel;
  try {
    channel = new BroadcastChannel(name);
  } catch {
    return undefined;
  }
  channel.addEventListener('message', ({ data }) => heard(data as string));
  return {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is a parameter of windows, not of channels
    tell: (message) => channel.postMessage(message),
    close: () => channel.close(),
  };
}
