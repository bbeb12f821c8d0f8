/** A URL whose user and password are escaped as they have to be. */
export function isDecodable(url: string): boolean {
  try {
    const { username, password } = new URL(url);
    return typeof decodeURIComponent(username + password) === 'string';
  } catch {
    return false;
  }
}
