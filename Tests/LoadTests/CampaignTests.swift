// Scenarios of several runs: how the next rate is chosen, and how the runs are judged together.

import Audit
import NIOCore
import Testing

@testable import FlashSaleLoad

@Suite("Capacity and overload")
struct CampaignTests {
    @Test(
        "A search ends within 5 % of the capacity, after few trials",
        arguments: [0.7, 1, 1.4, 90, 100, 101, 3_333, 1e6, 5e6])
    func search(capacity: Double) {
        var search = RateSearch(from: 100)
        var trials = 0
        while let rate = search.next {
            search.note(rate <= capacity, at: rate)
            trials += 1
        }
        #expect(trials < 25)
        guard capacity >= RateSearch.rateMin else {
            #expect(search.held == nil)
            return
        }
        let held = search.held ?? 0
        #expect(held <= capacity && held * RateSearch.precision >= min(capacity, Scenario.rateMax), "\(held)")
    }

    /// A report of answers at endpoints, each with its service time in milliseconds.
    private static func report(
        _ answers: [(Endpoint, Outcome, count: Int, milliseconds: Int64)], rate: Double = 100, dropped: Int = 0,
        thresholds: [String] = []
    ) throws -> RunReport {
        var scenario = Scenario()
        scenario.load = .open(Stage.constant(rate, seconds: 1), .even)
        scenario.thresholds = try thresholds.map { try Threshold(parsing: $0) }
        var reading = LaneReading()
        reading.facts.dropped = dropped
        for (endpoint, outcome, count, milliseconds) in answers {
            for _ in 0..<count {
                reading.facts.record(endpoint, outcome, response: 9_000_000_000, service: milliseconds * 1_000_000)
            }
        }
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: 81)
        let dialer = Dialer(target: try Target(parsing: "http://shop:81"), address: address)
        let record = RunRecord(
            reading: reading, seconds: [], faults: [], duration: 1, cpuSeconds: 0, threads: 1, startedAt: 0,
            wasStopped: false)
        return RunReport(
            RunPlan(scenario: scenario, dialer: dialer, mode: .raw(path: "/"), run: "r"), record, verdict: nil)
    }

    @Test(
        "Overload passes only if the service keeps its goodput and its times, and refuses no holder",
        arguments: [
            (900, 50, [(Endpoint.purchase, Outcome.won, count: 80, milliseconds: 20)], RunEnding.passed),
            (899, 50, [(.purchase, .won, count: 80, milliseconds: 20)], .thresholdMissed),
            (900, 51, [(.purchase, .won, count: 80, milliseconds: 20)], .thresholdMissed),
            (
                900, 50,
                [(.purchase, .won, count: 79, milliseconds: 20), (.purchase, .shed, count: 1, milliseconds: 1)],
                .thresholdMissed
            ),
            (
                900, 50,
                [(.purchase, .won, count: 79, milliseconds: 20), (.purchase, .limit, count: 1, milliseconds: 1)],
                .thresholdMissed
            ),
            (900, 50, [(.checkout, .shed, count: 80, milliseconds: 20)], .thresholdMissed),
        ] as [(Int, Int64, [(Endpoint, Outcome, count: Int, milliseconds: Int64)], RunEnding)])
    func overload(
        decided: Int, milliseconds: Int64, paying: [(Endpoint, Outcome, count: Int, milliseconds: Int64)],
        ending: RunEnding
    ) throws {
        let peak = try Self.report([(.checkout, .won, count: 1_000, milliseconds: 5)])
        // What is shed, slowly, and what is dropped count for nothing.
        let flood = try Self.report(
            [(.checkout, .won, decided, milliseconds), (.checkout, .shed, 500, 900)], dropped: 9_000)
        #expect(flood.ending == .incomplete)
        let result = OverloadRun.result(peak: peak, flood: flood, holders: try Self.report(paying))
        #expect(result.ending == ending, "\(result.text)")
        #expect(result.text.hasPrefix("peak: goodput 1,000/s"))
    }

    @Test("Capacity is one line: what held with which thresholds, and what did not")
    func capacity() throws {
        var search = RateSearch(from: 100)
        search.note(true, at: 100)
        search.note(false, at: 104)
        let good = try Self.report([(.checkout, .won, 10, 1)], thresholds: ["shed<=1%"])
        let bad = try Self.report([(.checkout, .shed, 10, 1)], rate: 104, thresholds: ["shed<=1%"])
        let result = CapacityRun.result(search, best: good, worst: bad, ending: .passed)
        #expect(result.line == "capacity: 100/s buyers with shed<=1%; at 104/s shed<=1% measured 100.0 %")
        let stopped = CapacityRun.result(search, best: good, worst: bad, ending: .invalid, isStopped: true)
        #expect(stopped.line == "capacity: 100/s buyers with shed<=1%; STOPPED before the search was over")
        let none = CapacityRun.result(RateSearch(from: 1), best: nil, worst: bad, ending: .thresholdMissed)
        #expect(none.line.hasPrefix("capacity: none with shed<=1%; at 104/s"))
    }

    @Test("A rest ends when somebody wants to stop, and none begins afterwards", .timeLimit(.minutes(1)))
    func rests() async throws {
        let stop = StopWish()
        let shed = try Self.report([(.checkout, .shed, count: 1, milliseconds: 1)])
        let start = ContinuousClock.now
        async let rest: Void = Session.recover(from: shed, until: stop)
        stop.come()
        await rest
        await Session.recover(from: shed, until: stop)
        #expect(.now - start < Session.recovery)
    }
}
