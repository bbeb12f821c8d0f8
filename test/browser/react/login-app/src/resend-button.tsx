import { useResend, type UseResendOptions } from '@push-resend/client/react';

export function ResendButton(login: UseResendOptions) {
  const { message, buttonProps, timerProps, statusProps } = useResend(login);
  return (
    <p>
      {message.text} <button {...buttonProps} /> <span {...timerProps} /> <span {...statusProps} />
    </p>
  );
}
