import { type FormEvent, useCallback, useState } from 'react';
import { complete, type Login, logIn, newToken } from './login.js';
import { LoginScreen } from './login-screen.js';

/** From the password to the page behind the login. */
export function App({ rendered = null }: { readonly rendered?: Login | null }) {
  const [login, setLogin] = useState(rendered);
  const [loggedInAs, setLoggedInAs] = useState<string>();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    void logIn(new FormData(event.currentTarget).get('user') as string).then(setLogin);
  };
  const startOver = useCallback(() => setLogin(null), []);
  const approved = useCallback(() => void complete().then(setLoggedInAs, startOver), [startOver]);

  if (loggedInAs !== undefined) return <h1>Welcome, {loggedInAs}</h1>;
  return (
    <>
      <form aria-label="Password" onSubmit={submit}>
        <label>
          User <input name="user" />
        </label>
        <button type="submit">Log in</button>
        <button type="button" onClick={startOver}>
          Cancel
        </button>
      </form>
      {login && (
        <LoginScreen challengeSid={login.challengeSid} baseUrl={login.pushUrl} token={newToken} onApproved={approved} />
      )}
    </>
  );
}
