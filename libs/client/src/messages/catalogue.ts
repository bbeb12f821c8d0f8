import type { NextAction, StateName } from '../core/state.js';

/** What a screen says in one state. */
export interface Texts {
  /** Of the button, which stays in a final state, so that it keeps the focus. */
  readonly label: string;
  readonly heading: string;
  readonly text: string;
  /** For a screen reader, once, when the state begins. It names no number. */
  readonly announcement?: string;
}

/** All texts of one language. */
export interface Catalogue {
  readonly states: Readonly<Record<StateName, Texts>>;
  /** What replaces texts of the state for 10 seconds after a push was accepted. */
  readonly sent: Partial<Texts>;
  /** What replaces texts of the state because of its `code`. */
  readonly codes: Readonly<Record<string, Partial<Texts>>>;
  /** The way on: labels of a link or a second button. */
  readonly actions: Readonly<Partial<Record<NextAction, string>>>;
  /** `{time}` is the rest of the wait. */
  readonly countdown: string;
  /** `{seconds}`, below a minute and a half. */
  readonly seconds: string;
  /** `{minutes}`, rounded up, from a minute and a half on. */
  readonly minutes: string;
}

/** Any part of a catalogue. */
export type SomeTexts = {
  readonly [Key in keyof Catalogue]?: Catalogue[Key] extends string
    ? string
    : { readonly [Name in keyof Catalogue[Key]]?: Partial<Catalogue[Key][Name]> };
};

/** A catalogue with some of its texts replaced. */
export function replaced(catalogue: Catalogue, texts: SomeTexts): Catalogue {
  return merge(catalogue, texts) as Catalogue;
}

function merge(old: unknown, texts: unknown): unknown {
  if (typeof old !== 'object' || old === null || typeof texts !== 'object' || texts === null) return texts ?? old;
  const entries = Object.entries(texts).map(([key, text]) => [key, merge((old as Record<string, unknown>)[key], text)]);
  return { ...old, ...Object.fromEntries(entries) };
}
