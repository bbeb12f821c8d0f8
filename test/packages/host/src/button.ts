/** What the module's public routes answer, as far as the button needs it. */
export interface Answer {
  /** Why not, where a press was refused: `cooling-down`, `challenge-denied`, … */
  readonly code?: string;
  readonly resend?: {
    readonly status: string;
    readonly availableInSeconds: number | null;
    readonly remaining: number;
  };
  readonly nextAction: string;
}

/**
 * One press of the button. Each press gets a key of its own; to repeat a press whose answer was lost, give its key again:
 * the user gets one push all the same.
 */
export async function press(
  pushesUrl: string,
  challengeSid: string,
  loginToken: string,
  key: string = crypto.randomUUID(),
): Promise<Answer> {
  const response = await fetch(`${pushesUrl}/${challengeSid}/notifications`, {
    method: 'POST',
    headers: { authorization: `Bearer ${loginToken}`, 'idempotency-key': key },
  });
  return (await response.json()) as Answer;
}

/** The button as it should look after an answer. */
export function buttonAfter({ resend }: Answer): { readonly label: string; readonly disabled: boolean } {
  if (resend?.status === 'ready') return { label: 'Send again', disabled: false };
  const seconds = resend?.availableInSeconds ?? null;
  if (seconds === null) return { label: 'Use another way to sign in', disabled: true };
  return { label: `Send again in ${seconds} s`, disabled: true };
}
