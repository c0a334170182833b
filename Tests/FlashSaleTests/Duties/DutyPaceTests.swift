// When a duty runs again, and how long its holder believes in a lease.

import FlashSale
import Telemetry
import Testing

@Suite struct DutyPaceTests {
    @Test(
        "After a run the pause is the regular one or shorter, and there is none if another has the duty",
        arguments: [
            (.done, .seconds(2)), (nil, .seconds(2)), (.stale, nil),
            (.again(after: .milliseconds(5)), .milliseconds(5)),
            (.again(after: .seconds(9)), .seconds(2)),
        ] as [(DutyOutcome?, Duration?)])
    func pause(outcome: DutyOutcome?, pause: Duration?) {
        #expect(DutyPace(every: .seconds(2)).pause(after: outcome) == pause)
    }

    @Test("The next attempt at a lease is soon, however seldom the duty runs")
    func retry() {
        #expect(DutyPace(every: .milliseconds(250)).retry == .milliseconds(250))
        #expect(DutyPace(every: .seconds(3_600)).retry == DutyPace.retryMax)
    }

    @Test("The holder counts a shorter time than the store, from the moment it asked")
    func term() {
        let asked = ContinuousClock.now
        let deadline = LeaseTerm(lifetime: .seconds(3)).deadline(askedAt: asked)
        #expect(deadline == asked + .seconds(3) - LeaseTerm.skew)
        let lease = DutyLease(duty: .sweeper, fence: FencingNumber(1), token: "t", deadline: deadline)
        #expect(lease.stands(at: deadline - .nanoseconds(1)) && !lease.stands(at: deadline))
        // There is time for two failed attempts to extend.
        #expect(lease.pauseBeforeExtending(at: asked) * 3 <= deadline - asked)
    }
}
