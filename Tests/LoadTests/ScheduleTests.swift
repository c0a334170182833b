// Checks the rates of the schedule, from which every latency counts.

import Testing
import Textbook

@testable import FlashSaleLoad

@Suite("The schedule")
struct ScheduleTests {
    @Test("A constant rate comes evenly, the first arrival at once")
    func even() {
        let moments = Array(Arrivals(Stage.constant(100, seconds: 2), spread: .even, seed: 1))
        #expect(moments.count == 200)
        #expect(moments.first == 0)
        #expect(zip(moments, moments.dropFirst()).allSatisfy { abs($1 - $0 - 10_000_000) < 1_000 })
    }

    @Test("A ramp has as many arrivals as its area, and more of them late than early")
    func ramp() {
        let moments = Array(Arrivals(Stage.ramp(from: 0, to: 1_000, seconds: 10), spread: .even, seed: 1))
        #expect(moments.count == 5_000)
        #expect(moments.filter { $0 < 5_000_000_000 }.count == 1_250)
        #expect(moments.sorted() == moments)
    }

    @Test("Steps keep each rate for its time")
    func steps() {
        let moments = Array(Arrivals(Stage.steps([10, 1_000, 20], secondsEach: 1), spread: .even, seed: 1))
        let counts = (0..<3).map { second in moments.filter { $0 / 1_000_000_000 == second }.count }
        #expect(counts == [10, 1_000, 20])
    }

    @Test("Poisson arrivals have the rate, and the variance, of their process")
    func poisson() {
        let moments = Array(Arrivals(Stage.constant(1_000, seconds: 100), spread: .poisson, seed: 7))
        #expect(abs(Double(moments.count) - 100_000) < 1_500)
        let gaps = zip(moments, moments.dropFirst()).map { Double($1 - $0) / 1e6 }
        let mean = gaps.reduce(0, +) / Double(gaps.count)
        let variance = gaps.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(gaps.count)
        #expect(abs(variance / (mean * mean) - 1) < 0.05)
    }

    @Test("One seed gives the same arrivals again, another seed gives others")
    func seeded() {
        func moments(_ seed: UInt64) -> [Int64] {
            Array(Arrivals(Stage.constant(100, seconds: 3), spread: .poisson, seed: seed))
        }
        #expect(moments(1) == moments(1))
        #expect(moments(1) != moments(2))
    }

    @Test("Lanes share the arrivals of one schedule", arguments: Arrivals.Spread.allCases)
    func lanes(spread: Arrivals.Spread) {
        let stages = Stage.spike(base: 10, peak: 500, seconds: 5)
        let all = Array(Arrivals(stages, spread: spread, seed: 3))
        let shared = (0..<3).flatMap { Array(Arrivals(stages, spread: spread, seed: 3, lane: $0, of: 3)) }
        #expect(shared.sorted() == all)
    }

    @Test("A spike has its peak after a tenth of a second and ends at its base")
    func spike() {
        let stages = Stage.spike(base: 50, peak: 5_000, seconds: 10)
        #expect(stages.first == Stage(seconds: 0.1, from: 50, to: 5_000))
        #expect(stages.last?.to == 50)
        #expect(abs(stages.reduce(0) { $0 + $1.seconds } - 10) < 1e-9)
        #expect(zip(stages, stages.dropFirst()).allSatisfy { $0.to == $1.from })
    }

    @Test("The wheel returns every token in time and never early, however far away it is")
    func wheel() {
        var random = SplitMix64(seed: 5)
        var wheel = TimerWheel(start: 1_000_000_000)
        let spans: [Int64] = [100_000, 20_000_000, 3_000_000_000, 60_000_000_000]
        for token in 0..<4_000 {
            let span = spans[token % spans.count]
            wheel.schedule(UInt32(token), at: 1_000_000_000 + Int64(random.below(Int(span))))
        }
        var seen = Set<UInt32>()
        while let now = wheel.next {
            var due: [TimerWheel.Entry] = []
            wheel.take(until: now, into: &due)
            for entry in due {
                #expect(entry.due <= now)
                #expect(now - entry.due <= 1 << 15, "a token was late by \(now - entry.due) ns")
                seen.insert(entry.token)
            }
        }
        #expect(seen.count == 4_000)
        #expect(wheel.count == 0)
    }

    @Test("A token that was due in the past comes with the next take")
    func overdue() {
        var wheel = TimerWheel(start: 5_000_000_000)
        wheel.schedule(9, at: 1)
        var due: [TimerWheel.Entry] = []
        wheel.take(until: 5_000_100_000, into: &due)
        #expect(due == [TimerWheel.Entry(token: 9, due: 1)])
    }
}
