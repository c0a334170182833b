// When the connections of a loop are woken.

import NIOCore
import NIOPosix
import Telemetry
import Testing
import Textbook

@testable import FlashSaleHTTP

@Suite("The alarms of an event loop")
struct LoopAlarmsTests {
    @Test("Every alarm is taken once, in its tick or in the first one that is asked for afterwards")
    func ring() {
        var random = SplitMix64(seed: 3)
        var ring = AlarmRing<UInt64>(at: 1_000)
        var (now, set): (UInt64, [UInt64]) = (1_000, [])
        var taken: [UInt64] = []
        while taken.count < 2_000 {
            if set.count < 2_000 {
                for _ in 0..<random.next() % 4 {
                    let due = now + random.next() % AlarmRing<UInt64>.ticks
                    #expect(ring.set(due, for: due, at: now) == due)
                    set.append(due)
                }
            }
            #expect(ring.count == set.count - taken.count)
            let next = set.sorted().dropFirst(taken.count).first
            #expect(ring.next.map { max($0, now) } == next.map { max($0, now) })
            let due = ring.take(until: now)
            #expect(due.allSatisfy { $0 <= now } && due == due.sorted())
            taken += due
            #expect(ring.next.map { $0 > now } ?? true)
            now += 1 + random.next() % 9 / 8 * 70
        }
        #expect(taken.sorted() == set.sorted())
    }

    @Test("An alarm for a tick that is over comes at once, and one beyond the ring at its end")
    func ends() {
        var ring = AlarmRing<String>(at: 7)
        #expect(ring.set("late", for: 3, at: 9) == 9)
        #expect(ring.set("far", for: 100_000, at: 9) == 9 + AlarmRing<String>.ticks - 1)
        #expect(ring.take(until: 9) == ["late"])
        #expect(ring.take(until: 9).isEmpty && ring.next == 9 + AlarmRing<String>.ticks - 1)
        #expect(ring.take(until: 600) == ["far"] && ring.next == nil && ring.count == 0)
        #expect(ring.set("after a pause", for: 90_001, at: 90_000) == 90_001)
    }

    @Test("An alarm never rings too early, also if a later one was set before it or while another rings")
    func loop() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let rung = loop.makePromise(of: Int.self)
        try await loop.submit {
            let alarms = LoopAlarms(of: loop)
            var left = 0
            func set(_ milliseconds: Int, then: [Int] = []) {
                let due = MonotonicTime.now + .milliseconds(milliseconds)
                left += 1
                alarms.set(in: .milliseconds(milliseconds)) {
                    if MonotonicTime.now < due { rung.fail(TooEarly()) }
                    for next in then { set(next) }
                    left -= 1
                    if left == 0 { rung.succeed(left) }
                }
            }
            for milliseconds in [120, 60, 0, 61, 5] { set(milliseconds, then: [milliseconds / 2, 0]) }
        }.get()
        #expect(try await rung.futureResult.get() == 0)
    }

    @Test("An alarm that is set for sooner than another rings sooner, and before a later timer of the loop")
    func sooner() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let heard = loop.makePromise(of: [String].self)
        try await loop.submit {
            let alarms = LoopAlarms(of: loop)
            var order: [String] = []
            alarms.set(in: .milliseconds(600)) {
                order.append("late")
                heard.succeed(order)
            }
            alarms.set(in: .milliseconds(20)) { order.append("soon") }
            loop.assumeIsolated().scheduleTask(in: .milliseconds(100)) { order.append("timer") }
        }.get()
        #expect(try await heard.futureResult.get() == ["soon", "timer", "late"])
    }

    private struct TooEarly: Error {}
}
