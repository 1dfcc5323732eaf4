/**
 * Sources as the adapters see them: for `packages/sources` what the routing table is for the data plane.
 *
 * Computed by one pure function from resources (spec and status), so that an adapter asks nobody anything while it
 * emits. A source that is not able to work yet (its sink or its secret is not resolved) is in the table all the same,
 * with the field absent, so that a receiver can answer 503 for it instead of 404.
 *
 * Source: reference sections 6.1, 6.11 and 6.13.
 */

/** What every source has, whatever its kind. */
export interface SourceRouteBase {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** The object's generation when the route was made. A change of it means: begin anew with the new spec. */
  readonly revision: number;
  /** Absolute URL events go to. Absent while the sink cannot be resolved: nothing is emitted. */
  readonly sinkUri?: string;
  /** PEM certificates to trust beside the system's, when the sink names them. */
  readonly sinkCaCerts?: string;
  readonly sinkAudience?: string;
  /** `spec.ceOverrides.extensions`: set on every event, last. Empty when there are none. */
  readonly ceOverrides: Readonly<Record<string, string>>;
}

export interface PingSourceRoute extends SourceRouteBase {
  readonly kind: 'PingSource';
  readonly spec: {
    /** Five or six cron fields or a descriptor such as `@hourly`. */
    readonly schedule: string;
    /** IANA name; absent: the zone of the process. */
    readonly timezone?: string;
    readonly contentType?: string;
    /** At most one of `data` and `dataBase64`; neither: events without data. */
    readonly data?: string;
    readonly dataBase64?: string;
  };
}

/** Legacy `sources.eventing.knative.dev/v1alpha1`. */
export interface CronJobSourceRoute extends SourceRouteBase {
  readonly kind: 'CronJobSource';
  readonly spec: {
    readonly schedule: string;
    readonly data?: string;
  };
}

export interface GitHubSourceRoute extends SourceRouteBase {
  readonly kind: 'GitHubSource';
  readonly spec: {
    /** `owner/repository`, or an owner alone for a whole organization. */
    readonly ownerAndRepository: string;
    /** Names of GitHub events that are wanted, e.g. `pull_request`. */
    readonly eventTypes: readonly string[];
    readonly githubAPIURL?: string;
    readonly secure: boolean;
  };
  /** The value that signs deliveries, out of the Secret. Absent while the Secret or its key is not there. */
  readonly secretToken?: string;
}

export type SourceRoute = PingSourceRoute | CronJobSourceRoute | GitHubSourceRoute;
