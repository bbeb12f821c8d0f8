import { type Effect, type Event, INITIAL, type Model, type SavedPress } from './core/model.js';
import type { ResendState } from './core/state.js';
import { transition } from './core/transition.js';
import { view, wakeAt } from './core/view.js';
import { browserClock, type Clock } from './host/clock.js';
import { connect, type Fetch } from './host/connection.js';
import { newKey } from './host/new-key.js';
import { browserPage, type Page } from './host/page.js';
import type { KeyValueStorage } from './host/storage.js';
import { browserTabs, type Tabs } from './host/tabs.js';

export interface ResendOptions {
  /** The Challenge of this login: `YC…`. */
  readonly challengeSid: string;
  /** Scheme, host and port of the service. Default: those of the page. */
  readonly baseUrl?: string;
  /** Where the calls for Challenges are. Default: `/v1/challenges`. */
  readonly path?: string;
  /** Bearer token of the session: asked for once, and once more after a 401. Empty: the session is over. Default: cookies. */
  readonly token?: () => string | Promise<string>;
  /** Whether to learn of changes by server-sent events, and only without them by polling. Default: true. */
  readonly events?: boolean;
  readonly fetch?: Fetch;
  readonly clock?: Clock;
  /** Keeps a press without an answer over a reload. Default: `sessionStorage`. */
  readonly storage?: KeyValueStorage;
  readonly page?: Page;
  /** Connects the tabs of this login. Default: by a `BroadcastChannel`. */
  readonly tabs?: (name: string, heard: (message: string) => void) => Tabs | undefined;
  /** Spreads retries. At least 0 and below 1. */
  readonly random?: () => number;
  /** Makes an Idempotency-Key, a new one each time. Default: 128 bits of `crypto`, or of `Math.random` where there is none. */
  readonly newKey?: () => string;
}

/** The button that sends the push of one Challenge again. */
export interface Resend {
  /** The same object until something changes. `loading` before the first listener, and on a server. */
  readonly state: ResendState;
  /** The first listener starts the requests; when the last one has left, they stop. */
  readonly subscribe: (listener: () => void) => () => void;
  /** Asks for one push. Does nothing unless `state.canPress`. */
  readonly press: () => void;
}

/** Two heartbeats of the service: a stream that is silent for so long is dead, and one that ends sooner is useless. */
const SILENCE_MS = 30_000;

export function createResend(options: ResendOptions): Resend {
  const { challengeSid, baseUrl = '', path = '/v1/challenges', events = true } = options;
  const { clock = browserClock, page = browserPage, random = Math.random, tabs: openTabs = browserTabs } = options;
  const name = `push-resend:${challengeSid}`;
  const { fetch: send = (url, init) => fetch(url, init) } = options;
  const connection = connect(`${baseUrl}${path}/${challengeSid}`, send, options.token);
  const listeners = new Set<() => void>();
  const requests = new Map<number, AbortController>();
  let model: Model = INITIAL;
  let state = view(model, 0);
  let tabs: Tabs | undefined;
  let stream: AbortController | undefined;
  let cancelTimer: (() => void) | undefined;
  let stop: () => void;

  function happened(event: WithoutTime<Event>): void {
    const at = clock.now();
    const { model: next, effects } = transition(model, { ...event, at });
    model = next;
    for (const effect of effects) run(effect);
    cancelTimer?.();
    const due = wakeAt(model, at);
    cancelTimer = due < Infinity ? clock.after(due - at, () => happened({ type: 'woke' })) : undefined;
    const shown = view(model, at);
    if (JSON.stringify(shown) === JSON.stringify(state)) return;
    state = shown;
    for (const listener of listeners) listener();
  }

  function run(effect: Effect): void {
    switch (effect.type) {
      case 'look':
        return void ask(effect.request);
      case 'press':
        return void ask(effect.request, effect.key);
      case 'abort':
        return requests.get(effect.request)?.abort();
      case 'save':
        stored((storage) => storage.setItem(name, JSON.stringify(model.press)));
        return tabs?.tell('pressing');
      case 'forget':
        stored((storage) => storage.removeItem(name));
        return tabs?.tell('answered');
      case 'open-stream':
        stream = new AbortController();
        return void follow(stream);
      case 'close-stream':
        stream?.abort();
        stream = undefined;
    }
  }

  async function ask(request: number, key?: string): Promise<void> {
    const abort = new AbortController();
    requests.set(request, abort);
    const answer = await connection.ask(abort.signal, key);
    requests.delete(request);
    happened({ type: 'answered', request, answer, random: random() });
  }

  async function follow(mine: AbortController): Promise<void> {
    let cancelWatch: (() => void) | undefined;
    const heard = (body?: unknown) => {
      cancelWatch?.();
      cancelWatch = clock.after(SILENCE_MS, () => mine.abort());
      if (body && mine === stream) happened({ type: 'streamed', body });
    };
    heard();
    const openedAt = clock.now();
    const mayReopen = await connection.follow(mine.signal, heard).then(
      () => clock.now() >= openedAt + SILENCE_MS,
      () => false,
    );
    cancelWatch?.();
    // Whatever ended the reading, the request must not stay open.
    mine.abort();
    if (mine === stream) happened({ type: 'stream-ended', mayReopen });
  }

  /** Browsers may deny storage, or have it full, and other places have none. Then a reload discards a press without an answer, which is safe. */
  function stored<T>(use: (storage: KeyValueStorage) => T): T | undefined {
    try {
      return use(options.storage ?? sessionStorage);
    } catch {
      return undefined;
    }
  }

  function saved(): SavedPress | undefined {
    return stored((storage) => JSON.parse(storage.getItem(name) ?? 'null') as SavedPress);
  }

  function surroundings() {
    return { isVisible: page.isVisible(), isOnline: page.isOnline() };
  }

  /** @returns what ends it */
  function open(): () => void {
    tabs = openTabs(name, (message) => happened({ type: 'heard', message }));
    const leave = page.watch(() => happened({ type: 'page', ...surroundings() }));
    return () => {
      leave();
      tabs?.close();
      tabs = undefined;
      happened({ type: 'stopped' });
    };
  }

  return {
    get state() {
      return state;
    },
    subscribe(listener) {
      // One function may listen twice, and leave twice.
      const own = () => listener();
      const isFirst = !listeners.size;
      // Should the page's own `tabs` or `page` throw, nobody listens, and the next one tries again.
      if (isFirst) stop = open();
      listeners.add(own);
      if (isFirst) happened({ type: 'started', ...surroundings(), events, saved: saved() });
      return () => {
        if (listeners.delete(own) && listeners.size === 0) stop();
      };
    },
    press() {
      if (state.canPress) happened({ type: 'pressed', key: (options.newKey ?? newKey)() });
    },
  };
}

type WithoutTime<Happened> = Happened extends { readonly at: number } ? Omit<Happened, 'at'> : never;
