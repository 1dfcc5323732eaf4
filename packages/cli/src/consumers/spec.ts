/** Which consumers local mode starts by itself: a pure function from the objects of the store. */
import { dirname } from 'node:path';
import {
  type ConsumerCommand,
  commandAnnotation,
  imagesOf,
  isDeployment,
  isKnativeService,
  isService,
  parseConsumerCommand,
  type Resource,
  urlAnnotation,
} from '@millrace/api';

export interface ConsumerSpec {
  readonly uid: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly run:
    | { readonly kind: 'command'; readonly command: ConsumerCommand; readonly cwd: string; readonly port?: number }
    /** Knative's well-known event viewer, served by this process. */
    | { readonly kind: 'event-display' };
}

/** Image names of Knative's event viewer, with or without registry, tag and digest. */
const eventDisplayImage = /(^|\/)event_display(-[0-9a-f]+)?([:@].*)?$/;

/** `fileOf` names the manifest file an object came from; commands run in its folder. */
export function consumersOf(
  resources: readonly Resource[],
  fileOf: (resource: Resource) => string | undefined,
  cwd: string,
): readonly ConsumerSpec[] {
  const specs: ConsumerSpec[] = [];
  for (const resource of resources) {
    if (resource.kind !== 'Service' || resource.metadata.deletionTimestamp) continue;
    const run = runOf(resource, resources, fileOf, cwd);
    if (!run || !resource.metadata.uid) continue;
    const { uid, namespace = 'default', name } = resource.metadata;
    specs.push({ uid, apiVersion: resource.apiVersion, kind: resource.kind, namespace, name, run });
  }
  return specs;
}

function runOf(
  service: Resource,
  all: readonly Resource[],
  fileOf: (resource: Resource) => string | undefined,
  cwd: string,
): ConsumerSpec['run'] | undefined {
  const annotations = service.metadata.annotations ?? {};
  const command = annotations[commandAnnotation];
  const url = annotations[urlAnnotation];
  if (command !== undefined) {
    const file = fileOf(service);
    const port = url === undefined ? undefined : portOfUrl(url);
    const parsed = parseConsumerCommand(command);
    // Admission refuses a command that cannot be read; one that came another way is not run.
    if (parsed.kind !== 'ok') return undefined;
    return {
      kind: 'command',
      command: parsed.value,
      cwd: file ? dirname(file) : cwd,
      ...(port === undefined ? {} : { port }),
    };
  }
  if (url !== undefined) return undefined;
  return images(service, all).some((image) => eventDisplayImage.test(image)) ? { kind: 'event-display' } : undefined;
}

/** Images behind a Service: its own template (Knative) or that of a Deployment its selector chooses (core). */
function images(service: Resource, all: readonly Resource[]): readonly string[] {
  if (isKnativeService(service)) return imagesOf(service);
  if (!isService(service)) return [];
  const wanted = Object.entries(service.spec?.selector ?? {});
  if (wanted.length === 0) return [];
  return all
    .filter(isDeployment)
    .filter(({ metadata }) => metadata.namespace === service.metadata.namespace)
    .map(({ spec }) => spec?.template)
    .filter((template) => wanted.every(([name, value]) => template?.metadata?.labels?.[name] === value))
    .flatMap((template) => template?.spec?.containers ?? [])
    .flatMap(({ image }) => (image === undefined ? [] : [image]));
}

function portOfUrl(text: string): number | undefined {
  try {
    const url = new URL(text);
    return Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  } catch {
    return undefined;
  }
}
