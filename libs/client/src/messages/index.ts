/** What a screen says in each state: English and German, and every text can be replaced. */
export { type Announced, announcements } from './announced.js';
export { type Catalogue, replaced, type SomeTexts, type Texts } from './catalogue.js';
export { english } from './english.js';
export { german } from './german.js';
export { type Message, messageOf } from './message.js';
