import type { Page } from '@push-resend/client';

/** What is used of React Native's `AppState`. */
interface AppState {
  readonly currentState: string;
  addEventListener(type: 'change', listener: () => void): { remove(): void };
}

/** What is used of `@react-native-community/netinfo`. */
interface NetInfo {
  addEventListener(listener: (now: { readonly isConnected: boolean | null }) => void): () => void;
}

/** The app around the screen, in React Native. */
export function nativePage(appState: AppState, netInfo: NetInfo): Page {
  let isOnline = true;
  return {
    isVisible: () => appState.currentState === 'active',
    isOnline: () => isOnline,
    watch: (changed) => {
      const app = appState.addEventListener('change', changed);
      const leaveNetwork = netInfo.addEventListener(({ isConnected }) => {
        isOnline = isConnected ?? true;
        changed();
      });
      return () => {
        app.remove();
        leaveNetwork();
      };
    },
  };
}
