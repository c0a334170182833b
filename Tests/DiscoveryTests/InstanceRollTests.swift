// What is known while the registry answers, while it does not, and after it came back.

import FlashSaleTesting
import Testing
import Textbook

@testable import Discovery

@Suite struct InstanceRollTests {
    private let start = ContinuousClock.now

    private static func instance(_ id: Int) -> Instance {
        let address = ServiceAddress("http://shop-\(id):8080")!
        return Instance(
            id: "\(id)", name: "shop-\(id)", api: address, operations: address, build: "1.0",
            startedAt: UTCTime(seconds: 0))!
    }

    private func instances(_ ids: ClosedRange<Int>) -> [Instance] { ids.map(Self.instance) }

    @Test("While the registry does not answer, the last list stands")
    func stale() {
        var roll = InstanceRoll()
        #expect(roll.listedAt == nil)
        let isBack = roll.listed(instances(1...3), at: start)
        #expect(!isBack)
        let isNews = [roll.failed("it is away"), roll.failed("it is still away")]
        #expect(isNews == [true, false], "one failure is told once")
        #expect(roll.known.count == 3)
        #expect(roll.listedAt == start)
        #expect(roll.problem == "it is still away")
    }

    @Test("A registry that came back empty takes nobody from the list before all had time to beat")
    func settling() {
        var roll = InstanceRoll()
        _ = roll.listed(instances(1...3), at: start)
        _ = roll.failed("it is away")
        let isBack = roll.listed([], at: start + .seconds(60))
        #expect(isBack)
        #expect(roll.known.count == 3)
        let isBackAgain = roll.listed(instances(3...4), at: start + .seconds(61))
        #expect(!isBackAgain)
        #expect(roll.known.keys.sorted() == ["1", "2", "3", "4"])
        _ = roll.listed(instances(3...4), at: start + .seconds(66))
        #expect(roll.known.keys.sorted() == ["3", "4"])
        _ = roll.listed([], at: start + .seconds(67))
        #expect(roll.known.isEmpty, "a registry that answers is believed")
    }

    @Test(
        "The more instances there are, the less often each reads all of them",
        arguments: [(0, 1), (100, 1), (400, 4), (1_000, 10)])
    func pace(count: Int, seconds: Int) {
        var roll = InstanceRoll()
        #expect(roll.isDue(at: start))
        _ = roll.listed(count == 0 ? [] : instances(1...count), at: start)
        // A beat comes a little late, or a little early.
        #expect(!roll.isDue(at: start + .seconds(seconds) - .milliseconds(600)))
        #expect(roll.isDue(at: start + .seconds(seconds) - .milliseconds(400)))
        _ = roll.failed("it is away")
        #expect(roll.isDue(at: start))
    }
}
