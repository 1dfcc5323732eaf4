/** Group and version, together and apart. */

/** `eventing.knative.dev/v1`, or `v1` for the core group. */
export function apiVersionOf(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`;
}

/** Whether it is of this group. Asked of each object each second: it makes nothing. */
export function isOfGroup(apiVersion: string, group: string): boolean {
  return apiVersion[group.length] === '/' && apiVersion.startsWith(group);
}

/** `eventing.knative.dev/v1` → group and version. */
export function splitApiVersion(apiVersion: string): { readonly group: string; readonly version: string } {
  const slash = apiVersion.indexOf('/');
  return { group: slash < 0 ? '' : apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}
