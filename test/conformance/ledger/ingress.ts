/** What the address of a Broker answers. */
import { must, should } from './clause.ts';

const plane = '§12.2 DataPlaneIngress';
const table = '§3.1';
const legacy = '§12.5 broker ingress';

export const ingress = [
  must('in.version-1.0', plane, 'an event of version 1.0 is taken'),
  must('in.version-0.3', plane, 'an event of version 0.3 is taken'),
  must('in.version-unknown', plane, 'specversion 19.0 is refused with 400'),
  must('in.binary-json', plane, 'binary mode with a JSON content type is taken'),
  must('in.binary-xml', plane, 'binary mode with an XML content type is taken'),
  must('in.binary-thrift', plane, 'binary mode with content type application/vnd.apache.thrift.binary is taken'),
  must('in.structured', plane, 'structured mode is taken'),
  must('in.get', plane, 'GET is answered with 405'),
  must('in.no-specversion', plane, 'a binary event without specversion is refused with 400'),
  must('in.no-id', `${table} row 7`, 'an event without id is refused with 400'),
  must('in.no-source', `${table} row 7`, 'an event without source is refused with 400'),
  must('in.no-type', `${table} row 7`, 'an event without type is refused with 400'),
  must('in.bad-source', `${table} row 7`, 'an event whose source is no URI reference is refused with 400'),
  must('in.bad-time', `${table} row 7`, 'an event whose time is no RFC 3339 time is refused with 400'),
  must('in.structured-missing', `${table} row 7`, 'a structured event without type is refused with 400'),
  must('in.garbage', legacy, 'a bad version with garbage as body is refused with exactly 400'),
  must('in.broken-json', `${table} row 6`, 'broken JSON in structured mode is refused with 400'),
  must('in.no-event', `${table} row 6`, 'a POST without any CloudEvents header is refused with 400'),
  must('in.accepted', legacy, 'a good event is answered with exactly 202 and an empty body'),
  must(
    'in.options',
    `${table} row 1`,
    'OPTIONS is answered with 200, WebHook-Allowed-Origin: * and WebHook-Allowed-Rate: *',
  ),
  must('in.allow', table, 'every answer has the header Allow: POST, OPTIONS'),
  must('in.methods', `${table} row 2`, 'PUT, PATCH and DELETE are answered with 405'),
  must('in.head', `${table} row 2`, 'HEAD is answered with 405'),
  must('in.root', `${table} row 3`, 'a POST to / is answered with 404'),
  must('in.short-path', `${table} row 4`, 'a path of one segment is answered with 400'),
  must('in.long-path', `${table} row 4`, 'a path of three segments is answered with 400'),
  must('in.trailing-slash', `${table} row 4`, 'one trailing slash is tolerated'),
  must('in.unknown-broker', `${table} row 8`, 'an unknown Broker is answered with 404'),
  must('in.unsupported-format', 'issue 3 §4', 'a CloudEvents format that is not spoken is refused with 415'),
  must(
    'in.order-event-first',
    table,
    'a bad event to an unknown Broker is answered with 400: the event is looked at first',
  ),
  must(
    'in.order-ttl-last',
    table,
    'a used-up TTL at an unknown Broker is answered with 404: the Broker is looked up first',
  ),
  must('in.order-method-first', table, 'GET on a bad path is answered with 405: the method is looked at first'),
  must('in.host', '§3.1', "a Host that is the cluster's name of the ingress is served"),
  must(
    'in.large',
    'issue 3 §4',
    'an event above the limit is answered with 413, and the connection of others stays usable',
  ),
  should('in.reason', 'design §7', 'an answer that refuses says why in one line of JSON'),
];
