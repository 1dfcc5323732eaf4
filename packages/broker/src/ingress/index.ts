export { createIngress, type Ingress, type IngressLimits, type IngressOptions, ingressLimits } from './ingress.ts';
export type { RejectReason } from './ingress-metrics.ts';
