import type { HttpRequest } from '../requests/request-context.js';

/** The sites whose pages may use a session cookie: our own, and those that operators configure. */
export class TrustedOrigins {
  private readonly others: ReadonlySet<string>;

  /**
   * @param own the origin of the login site itself; undefined when unknown
   * @param others origins of other sites, exactly as browsers write them
   */
  constructor(
    private readonly own?: string,
    others: readonly string[] = [],
  ) {
    this.others = new Set(others);
  }

  /**
   * A cookie identifies the user but does not prove intent: the browser sends it with requests from any site (CSRF). So
   * the request must show where it comes from, in headers that pages can not set: `Sec-Fetch-Site` if present (browsers
   * since 2023, over https), else `Origin`. Without either, a POST is refused; a GET passes, because it changes nothing
   * and no other site can read its answer.
   */
  allow({ method, headers }: HttpRequest): boolean {
    const { origin, 'sec-fetch-site': site } = headers;
    if (typeof origin === 'string' && this.others.has(origin)) return true;
    const isLook = method === 'GET' || method === 'HEAD';
    // `none`: typed into the address bar, which can only send a GET.
    if (site !== undefined) return site === 'same-origin' || (site === 'none' && isLook);
    return origin === undefined ? isLook : origin === this.own;
  }
}
