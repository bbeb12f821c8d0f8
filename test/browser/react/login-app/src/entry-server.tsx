import { StrictMode } from 'react';
import { renderToString } from 'react-dom/server';
import { App } from './app.js';
import type { Login } from './login.js';

/** The screen of a login that waits for the phone, as markup. */
export function render(login: Login): string {
  return renderToString(
    <StrictMode>
      <App rendered={login} />
    </StrictMode>,
  );
}
