import { faultKinds, type FaultKind, faultyOperations } from '../../apps/simulator/src/fault-kinds.js';

/** A fault as the simulator's control surface takes it. */
export interface PlannedFault {
  readonly operation: (typeof faultyOperations)[number];
  readonly kind: FaultKind;
  readonly probability: number;
  readonly delayMs?: number;
  readonly processed?: boolean;
  readonly code?: number;
  readonly status?: number;
}

const EACH = 0.008;
/** 16 MiB halt the event loop that everything shares. */
const HUGE = 0.001;
/** Milliseconds, and how often: at the edge of each deadline and past it. Creates are slow, to be crashed half-way. */
const DELAYS = {
  fetchChallenge: [
    [5, 0.1],
    [40, 0.1],
    [140, 0.03],
    [240, 0.02],
  ],
  createNotification: [
    [40, 0.2],
    [90, 0.3],
    [150, 0.4],
    [240, 0.1],
    [400, 0.05],
  ],
} as const;

/** Every kind of fault, with the work done and not done wherever both can be, each at random and without end. */
export function twilioFaults(): PlannedFault[] {
  return faultyOperations.flatMap(faultsOf);
}

function faultsOf(operation: PlannedFault['operation']): PlannedFault[] {
  const late = DELAYS[operation].map(
    ([delayMs, probability]): PlannedFault => ({ operation, kind: 'delay', delayMs, probability }),
  );
  const refused: PlannedFault = { operation, kind: 'error-json', code: 60300, status: 400, probability: EACH };
  const kinds = (Object.keys(faultKinds) as FaultKind[])
    .filter((kind) => kind !== 'delay' && !(kind === 'unknown-status' && operation === 'createNotification'))
    .flatMap((kind) => bothWays({ operation, kind, probability: kind === 'huge-body' ? HUGE : EACH }));
  return [refused, ...kinds, ...late]; // the first that applies wins
}

function bothWays(fault: PlannedFault): PlannedFault[] {
  const isOpen = faultKinds[fault.kind].processed === 'not-by-default' || fault.kind === 'never-answer';
  return isOpen ? [true, false].map((processed): PlannedFault => Object.assign({ processed }, fault)) : [fault];
}
