/** What the login backend tells the screen. */
export interface Login {
  readonly challengeSid: string;
  /** The service's public address. */
  readonly pushUrl: string;
}

/** A login that the server has rendered into the page. */
export function readLogin(page: Document): Login | null {
  return JSON.parse(page.getElementById('login')?.textContent ?? 'null') as Login | null;
}

/** Begins a login: the backend checks the password, and sends the first push. */
export async function logIn(user: string): Promise<Login> {
  return (await post('/login', { user })).json() as Promise<Login>;
}

/** A token for this login, with which the screen asks Push Resend. */
export async function newToken(): Promise<string> {
  const response = await fetch('/login/push-token', { method: 'POST' });
  if (response.status === 401) return ''; // this login is over: the state becomes `session-over`
  if (!response.ok) throw new Error(`no token: ${response.status}`);
  const { token } = (await response.json()) as { token: string };
  return token;
}

/** Asks the backend to finish: it asks Twilio. @returns whom it has logged in */
export async function complete(): Promise<string> {
  const { loggedInAs } = (await (await post('/login/complete')).json()) as { loggedInAs: string };
  return loggedInAs;
}

async function post(path: string, body: object = {}): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response;
}

/** The user that a page without a form of its own is for. */
export function userOf({ search }: Location): string {
  return new URLSearchParams(search).get('user') ?? '';
}
