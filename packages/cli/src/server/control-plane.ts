/** The control plane of one process: the resource store, manifests that are watched, and the reconcilers. */
import type { InstallationLog, LogAdmin, RoutingTable } from '@millrace/api';
import {
  type Controller,
  createController,
  createManifestSync,
  type DeliveryProgress,
  type LocalStore,
  type ManifestReport,
  type ManifestSync,
  nodeFileReader,
  nodePathWatcher,
  openLocalStore,
  renderManifestError,
} from '@millrace/controller';
import { gitHubPathOf } from '@millrace/sources';
import { failed } from '../exit.ts';
import type { ServerPorts } from './effects.ts';
import { shownPath } from './manifest-files.ts';

export interface ControlPlaneOptions extends ServerPorts {
  readonly dataDir: string;
  readonly files: readonly string[];
  readonly cwd: string;
  /** Where logs live whose objects do not say otherwise. */
  readonly installationLog: InstallationLog;
  readonly logAdmin: LogAdmin;
  /** Address of the data port, for the addresses of what is served there. */
  readonly dataUrl: string;
  readonly progress: DeliveryProgress;
  readonly tableInForce: () => RoutingTable;
  readonly serves: (uid: string) => boolean | undefined;
  readonly onChange: (text: string) => void;
  readonly onProblem: (text: string) => void;
}

export interface ControlPlane {
  readonly store: LocalStore;
  readonly controller: Controller;
  readonly manifests: ManifestSync;
  /** Stops in the order that loses nothing: files, reconcilers, store. */
  stop(): Promise<void>;
}

export async function openControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { clock, random, logger } = options;
  const opened = await openLocalStore({ dataDirectory: options.dataDir, clock, random, logger });
  if (opened.kind === 'failed') throw failed(opened.message);
  const { store } = opened;
  const controller = createController({
    store,
    clock,
    random,
    logger,
    options: {
      baseUrl: options.dataUrl,
      gitHubReceiverUrl: ({ namespace, name }) => options.dataUrl + gitHubPathOf(namespace, name),
      progress: options.progress,
      tableInForce: options.tableInForce,
      serves: options.serves,
      routing: { installationLog: options.installationLog },
      logAdmin: options.logAdmin,
    },
  });
  const manifests = createManifestSync({
    store,
    notes: store.notes,
    clock,
    logger,
    paths: options.files,
    reader: nodeFileReader,
    watcher: nodePathWatcher,
    onReport: reporter(options),
  });
  return {
    store,
    controller,
    manifests,
    async stop() {
      await manifests.stop();
      await controller.stop();
      await store.close();
    },
  };
}

/** Says what changed, and each problem once: not again with every other change while it lasts. */
function reporter({ cwd, onChange, onProblem }: ControlPlaneOptions): (report: ManifestReport) => void {
  let before = new Set<string>();
  return ({ changes, errors }) => {
    for (const { text } of changes) onChange(text);
    const now = new Set(errors.map((error) => renderManifestError(error, shownPath(cwd))));
    for (const problem of now)
      if (!before.has(problem)) onProblem(`${problem}; what was applied before stays as it is`);
    if (before.size > 0 && now.size === 0) onChange('the files are in order again');
    before = now;
  };
}
