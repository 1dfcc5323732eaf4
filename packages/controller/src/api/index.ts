/** The resource store over HTTP: a Kubernetes-compatible API. */
export { humanAge } from './age.ts';
export { type ResourceApiLimits, resourceApiLimits } from './limits.ts';
export { type ResourceApiDeps, registerResourceApi } from './resource-api.ts';
