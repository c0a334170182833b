// When the requests at work are a crowd.

import FlashSale
import Logging
import Telemetry
import Testing

@testable import FlashSaleHTTP

@Suite("Requests at work")
struct RequestsAtWorkTests {
    private static let start = MonotonicTime.now

    private static func after(_ milliseconds: UInt64) -> MonotonicTime {
        MonotonicTime(nanoseconds: start.nanoseconds + milliseconds * 1_000_000)
    }

    /// How many more may begin before they are a crowd.
    private static func room(in requests: RequestsAtWork) -> Int {
        var count = 0
        while !requests.isCrowd {
            requests.taskBegan()
            count += 1
        }
        for _ in 0..<count { requests.taskEnded() }
        return count
    }

    @Test("Before any has ended, so many are a crowd as always may be at work, and those that have ended are none")
    func fewest() {
        let requests = RequestsAtWork(crowdMin: 3, surge: 1)
        #expect(Self.room(in: requests) == 3)
        requests.taskBegan()
        #expect(Self.room(in: requests) == 2)
        requests.taskEnded()
        #expect(Self.room(in: requests) == 3)
    }

    @Test("As many may be at work as end in 15 ms and in four batches' own time, but never fewer than always may")
    func pace() {
        let requests = RequestsAtWork(crowdMin: 3, surge: 1)
        requests.look(batch: .zero, isCalm: false, at: Self.after(1_000))
        func end(_ count: Int) {
            for _ in 0..<count {
                requests.taskBegan()
                requests.taskEnded()
            }
        }
        end(1_000)
        requests.look(batch: .zero, isCalm: false, at: Self.after(1_100))
        #expect(Self.room(in: requests) == 150)
        end(1_000 - 150)
        requests.look(batch: .milliseconds(10), isCalm: false, at: Self.after(1_200))
        #expect(Self.room(in: requests) == 550)
        end(1_000 - 550)
        // A look that comes late knows that it does.
        requests.look(batch: .zero, isCalm: false, at: Self.after(1_400))
        #expect(Self.room(in: requests) == 75)
        requests.look(batch: .zero, isCalm: false, at: Self.after(9_000))
        #expect(Self.room(in: requests) == 3)
    }
    @Test("A surge is no crowd while everything is let in")
    func surge() {
        let requests = RequestsAtWork(crowdMin: 3, surge: 500)
        #expect(Self.room(in: requests) == 500)
        requests.look(batch: .zero, isCalm: false, at: Self.after(9_000))
        #expect(Self.room(in: requests) == 3)
        requests.look(batch: .zero, isCalm: true, at: Self.after(18_000))
        #expect(Self.room(in: requests) == 500)
    }
    @Test("A surge is let in until a crowd has kept somebody out, and again once everything is let in")
    func calm() {
        var limits = HTTPLimits()
        (limits.crowdMin, limits.surge) = (1, 2)
        let door = AdmissionDoor(
            limits: limits, instruments: Instruments().admission,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, loopDelay: { .zero },
            ledgerPace: { LedgerPace() })
        door.atWork.taskBegan()
        door.judge()
        #expect(!door.atWork.isCrowd)
        #expect(!door.admit(.checkout, at: AdmissionLevel.bottom, isEager: false, isCrowd: true))
        door.judge()
        #expect(door.atWork.isCrowd)
        while !door.isWhole { door.judge() }
        door.judge()
        #expect(!door.atWork.isCrowd)
    }
}
