// When a duty is done again, and how long a lease may be believed in.

import FlashSale
import Testing

@Suite struct DutyPaceTests {
    @Test(
        "After a run the pause is the regular one or a shorter, and none if the duty is another's",
        arguments: [
            (.done, .seconds(2)), (nil, .seconds(2)), (.stale, nil),
            (.again(after: .milliseconds(5)), .milliseconds(5)),
            (.again(after: .seconds(9)), .seconds(2)),
        ] as [(DutyOutcome?, Duration?)])
    func pause(outcome: DutyOutcome?, pause: Duration?) {
        #expect(DutyPace(every: .seconds(2)).pause(after: outcome) == pause)
    }

    @Test("A lease is asked for again soon, however seldom the duty is done")
    func retry() {
        #expect(DutyPace(every: .milliseconds(250)).retry == .milliseconds(250))
        #expect(DutyPace(every: .seconds(3_600)).retry == DutyPace.retryMax)
    }

    @Test("A lease is believed in for less than the store keeps it, from the moment it was asked for")
    func term() {
        let asked = ContinuousClock.now
        let deadline = LeaseTerm(lifetime: .seconds(3)).deadline(askedAt: asked)
        #expect(deadline == asked + .seconds(3) - LeaseTerm.skew)
        let lease = DutyLease(duty: .sweeper, fence: FencingNumber(1), token: "t", deadline: deadline)
        #expect(lease.stands(at: deadline - .nanoseconds(1)) && !lease.stands(at: deadline))
        // Two attempts to extend may fail before it is over.
        #expect(lease.pauseBeforeExtending(at: asked) * 3 <= deadline - asked)
    }
}
