/** The element of the page with this id. @throws Error when there is none */
export function at(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no #${id}.`);
  return found;
}

/** Makes an element with its classes and content. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className: string,
  ...content: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  made.className = className;
  made.append(...content);
  return made;
}

/** One of the symbols of index.html. */
export function icon(name: string): SVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `#icon-${name}`);
  svg.append(use);
  return svg;
}

/** Writes a text only where it differs, so that nothing is announced or selected anew for nothing. */
export function write(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

/**
 * Buttons that can not be used keep their focus: `aria-disabled`, never `disabled`.
 *
 * @param onClick called only while the button is enabled
 */
export function onPress(button: HTMLElement, onClick: () => void): void {
  button.addEventListener('click', () => {
    if (button.getAttribute('aria-disabled') !== 'true') onClick();
  });
}

export function enable(button: HTMLElement, isEnabled: boolean): void {
  button.setAttribute('aria-disabled', String(!isEnabled));
}

/** A switch, and the word beside it. */
export function setSwitch(control: HTMLElement, isOn: boolean): void {
  control.setAttribute('aria-checked', String(isOn));
  const value = control.querySelector('.value');
  if (value) write(value, isOn ? 'Online' : 'Offline');
}
