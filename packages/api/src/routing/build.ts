/**
 * From resources to the routing table.
 *
 * Invariants R1–R3 of the table hold here: a pure function (R2), which looks at nothing but the resources, and which leaves
 * a subscription in the table without a subscriber when it is not known where, how or from where to deliver (R3).
 *
 * Each kind of object that is a log has its own file with one function, from the object and its context to a route.
 */
import { topicOwnerAnnotation } from '../kinds/kafka-sink/types.ts';
import type { Resource } from '../resource.ts';
import { brokerRoute } from './build-broker.ts';
import { channelRoute } from './build-channel.ts';
import { isPresent, type RouteContext, type RoutingOptions, routeContext } from './build-context.ts';
import { kafkaSinkRoute } from './build-kafka-sink.ts';
import { kafkaSourceRoutes } from './build-kafka-source.ts';
import { byPlace } from './build-subscription.ts';
import { madeAnnotation } from './channel-backing.ts';
import { linkReplies } from './link-replies.ts';
import type { LogRoute, RoutingTable } from './table.ts';

/** A kind of object that is a log; undefined for objects of other kinds, and for those that are not to be served. */
type BuildRoute = (resource: Resource, context: RouteContext) => LogRoute | undefined;

/** In no order: each knows its own kind. */
const builders: readonly BuildRoute[] = [brokerRoute, channelRoute, kafkaSinkRoute];

/**
 * A log that we make on a server is served once it is made: who makes it has to see whether it was there before, and whoever
 * opens one that is missing makes it too.
 */
function isMade({ status }: Resource, { backing }: LogRoute): boolean {
  if (backing === undefined || !('owned' in backing) || !backing.owned) return true;
  const { annotations = {} } = status ?? {};
  return Object.hasOwn(annotations, madeAnnotation) || Object.hasOwn(annotations, topicOwnerAnnotation);
}

/**
 * Builds the table.
 *
 * @param resources stored objects of any kind, in any order. Objects that are being deleted, or have no UID because they
 *   were never stored, have no routes.
 */
export function buildRoutingTable(resources: readonly Resource[], options: RoutingOptions = {}): RoutingTable {
  const context = routeContext(resources, options);
  const logs = resources.filter(isPresent).flatMap((resource) => {
    for (const build of builders) {
      const route = build(resource, context);
      if (route !== undefined) return options.onlyMadeLogs && !isMade(resource, route) ? [] : [{ resource, route }];
    }
    return kafkaSourceRoutes(resource, context).map((route) => ({ resource, route }));
  });
  return { logs: linkReplies(logs).sort(byPlace) }; // R2
}
