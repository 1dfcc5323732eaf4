/** Sequence and Parallel. Each clause is tested with every kind of channel of a run. */
import { must } from './clause.ts';

const chain = '§5.4';
const branches = '§5.5';

export const flows = [
  must(
    'sequence.steps',
    '§12.3 Sequence',
    'three appending steps: data-step1-step2-step3 at the reply, content type kept',
  ),
  must('sequence.children', chain, 'channel i and Subscription i are both named <sequence>-kn-sequence-<i>'),
  must('sequence.owned', '§10', 'children have controller owner references with blockOwnerDeletion'),
  must('sequence.status', '§2.4', 'channelStatuses and subscriptionStatuses name the children and their Ready'),
  must('sequence.address', '§2.4, §12.3', "the address is the first channel's, without its name"),
  must(
    'sequence.not-ready',
    '§2.4',
    'a step that cannot be resolved: SubscriptionsReady Unknown SubscriptionsNotReady',
  ),
  must('sequence.empty-answer', chain, 'an empty answer of a step ends the chain for that event'),
  must('sequence.no-reply', chain, 'without a reply the answer of the last step is dropped'),
  must('sequence.delivery', chain, "a step's delivery holds for that step"),
  must('sequence.surplus', chain, 'children of steps that were removed go'),
  must('sequence.deleted', '§10', 'deleting a Sequence takes its children along'),
  must('sequence.as-sink', '§9', 'a Sequence can be the subscriber of a Trigger, by reference'),
  must(
    'parallel.filtered',
    '§12.3 Parallel',
    'the filter of branch 1 answers, that of branch 2 is silent: exactly one result',
  ),
  must('parallel.unfiltered', branches, 'a branch without a filter gets every event'),
  must('parallel.filter-event', branches, "the filter's answer is the event of the branch"),
  must('parallel.children', branches, 'the four kinds of children have their names'),
  must('parallel.owned', '§10', 'children have controller owner references with blockOwnerDeletion'),
  must('parallel.status', '§2.4', 'ingressChannelStatus and branchStatuses name the children'),
  must('parallel.address', '§2.4', "the address is the ingress channel's, without its name"),
  must('parallel.not-ready', '§2.4', 'a subscriber that cannot be resolved: SubscriptionsReady False'),
  must('parallel.reply', branches, "the branch's reply, else the Parallel's"),
  must('parallel.delivery', branches, "a branch's delivery holds for its subscriber"),
  must('parallel.surplus', branches, 'children of branches that were removed go'),
  must('parallel.deleted', '§10', 'deleting a Parallel takes its children along'),
];
