import { useResend } from '@push-resend/client/react';
import { useEffect } from 'react';

interface LoginScreenProps {
  readonly challengeSid: string;
  readonly baseUrl: string;
  readonly token: () => string | Promise<string>;
  readonly onApproved: () => void;
}

export function LoginScreen({ challengeSid, baseUrl, token, onApproved }: LoginScreenProps) {
  const { state, message, buttonProps, timerProps, statusProps } = useResend({ challengeSid, baseUrl, token });
  useEffect(() => {
    if (state.nextAction === 'proceed') onApproved();
  }, [state.nextAction, onApproved]);
  return (
    <main className={state.name}>
      <h1>{message.heading}</h1>
      <p>{message.text}</p>
      <button {...buttonProps} /> <span {...timerProps} />
      <p {...statusProps} />
    </main>
  );
}
