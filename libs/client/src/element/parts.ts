/** The inside of the element: four parts that a page can style with `::part(…)`. */
export interface Parts {
  readonly button: HTMLButtonElement;
  readonly timer: HTMLElement;
  readonly text: HTMLElement;
  readonly status: HTMLElement;
}

/** A page sets its colors by these custom properties; without them they follow its `color-scheme`. */
const STYLE = `
:host { display: block; }
:host([hidden]), [hidden] { display: none; }
button {
  --accent: var(--push-resend-accent, light-dark(#1f5fd6, #78a8ff));
  font: inherit;
  font-weight: 600;
  min-height: 2.75rem;
  padding: 0.4rem 1.25rem;
  border: 1px solid var(--accent);
  border-radius: var(--push-resend-radius, 0.5rem);
  background: var(--accent);
  color: var(--push-resend-on-accent, light-dark(#fff, #0b1526));
  cursor: pointer;
}
button[aria-disabled='true'] { background: transparent; border-color: currentColor; color: inherit; cursor: default; opacity: 0.65; }
button:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
p { margin: 0.5rem 0 0; min-height: 1lh; }
[part='timer'] { font-variant-numeric: tabular-nums; }
[part='status'] { position: absolute; width: 1px; height: 1px; margin: 0; min-height: 0; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
`;

/** Builds the parts without markup in strings and without `<style>`, so that a strict Content-Security-Policy allows it. */
export function buildParts(root: ShadowRoot): Parts {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  const add = <Name extends 'button' | 'p'>(name: Name, part: string, attributes: Record<string, string>) => {
    const element = root.ownerDocument.createElement(name);
    for (const [key, value] of Object.entries({ part, ...attributes })) element.setAttribute(key, value);
    root.append(element);
    return element;
  };
  return {
    button: add('button', 'button', { type: 'button', 'aria-describedby': 'timer' }),
    timer: add('p', 'timer', { id: 'timer', role: 'timer', 'aria-live': 'off' }),
    text: add('p', 'text', {}),
    status: add('p', 'status', { role: 'status' }),
  };
}
