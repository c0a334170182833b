// How long bytes wait for an event loop, as its turns show it.

import NIOCore
import NIOPosix
import Telemetry
import Testing

@testable import FlashSaleHTTP

@Suite("The turns of a loop")
struct LoopTurnsTests {
    private static func time(_ milliseconds: UInt64) -> MonotonicTime {
        MonotonicTime(nanoseconds: milliseconds * 1_000_000)
    }

    /// A loop after turns of these milliseconds: the end of the one before, the first bytes, the tasks and the end.
    private static func turns(_ turns: [(endOfLast: UInt64, bytes: UInt64?, tasks: UInt64, end: UInt64)]) -> LoopTurns {
        let loop = LoopTurns()
        for turn in turns {
            if let bytes = turn.bytes { loop.bytesArrived(at: time(bytes)) }
            loop.ended(
                at: time(turn.end).nanoseconds, tasksSince: time(turn.tasks).nanoseconds,
                after: time(turn.endOfLast).nanoseconds)
        }
        return loop
    }

    @Test("The delay of a loop without a rest is its shortest turn, from the first bytes to the last task")
    func shortest() {
        let loop = Self.turns([(0, 1, 10, 30), (30, 31, 40, 50), (50, nil, 51, 90)])
        #expect(loop.takeDelay(at: Self.time(100)) == .milliseconds(19))
        #expect(loop.takeDelay(at: Self.time(200)) == .zero, "no turn has begun since")
        #expect(loop.waitedInTotal == 3_000_000)
    }

    @Test("A loop that has rested kept nobody waiting, however long its turns are")
    func rest() {
        let loop = Self.turns([(1, 1, 2, 30), (30, 36, 37, 90)])
        #expect(loop.takeDelay(at: Self.time(100)) == .zero)
        #expect(loop.waitedInTotal == 6_000_000)
    }

    @Test("A turn that does not end counts as long as it lasts, also while others read more bytes in it")
    func endless() {
        let loop = LoopTurns()
        loop.bytesArrived(at: Self.time(10))
        loop.bytesArrived(at: Self.time(50))
        #expect(loop.takeDelay(at: Self.time(100)) == .milliseconds(90))
        #expect(loop.takeDelay(at: Self.time(200)) == .milliseconds(190))
    }

    @Test("The meter hears of the turns of its own loops")
    func meter() async throws {
        let (group, meter) = EventLoopMeter.eventLoops(threads: 1, instruments: nil)
        let loop = group.next()
        let turns = try #require(meter.turns(of: loop))
        #expect(meter.turns(of: MultiThreadedEventLoopGroup.singleton.next()) == nil)
        repeat {
            try Task.checkCancellation()
            try await loop.submit {}.get()
        } while turns.waitedInTotal == 0
        turns.bytesArrived(at: MonotonicTime(nanoseconds: MonotonicTime.now.nanoseconds - 50_000_000))
        _ = meter.takeDelay()
        #expect(meter.takeDelay() >= .milliseconds(50))
        try await group.shutdownGracefully()
    }
}
