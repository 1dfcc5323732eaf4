/** All clauses: importing one registers its tests. */
import './control.ts';
import './broker.ts';
import './replies.ts';
import './ingress.ts';
import './filters.ts';
import './admission.ts';
import './delivery.ts';
import './timing.ts';
import './status.ts';
import './source-status.ts';
import './sources.ts';
import './differences.ts';
import './channel-http.ts';
import './channels.ts';
import './channel-objects.ts';
import './flows.ts';
import './mt-broker.ts';
