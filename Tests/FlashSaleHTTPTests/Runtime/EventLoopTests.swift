// The watch over event loops: their turns, their lag, their work, and the stall of all.

import Dispatch
import NIOCore
import NIOPosix
import Synchronization
import Telemetry
import Testing

@testable import FlashSaleHTTP

@Suite("Event loops")
struct EventLoopTests {
    let instruments = Instruments(eventLoops: 2)

    @Test("Turns and tasks are counted for each loop")
    func turns() async throws {
        let (group, _) = EventLoopMeter.eventLoops(threads: 2, instruments: instruments.runtime)
        for (number, loop) in group.makeIterator().enumerated() {
            let label = EventLoopNumber(number)
            // A turn is counted after its last task and before the next task.
            repeat {
                try Task.checkCancellation()
                try await loop.submit {}.get()
            } while instruments.runtime.eventLoopTasksTotal.value(label) == 0
            #expect(instruments.runtime.eventLoopTickDurationSeconds.count(label) > 0)
        }
        try await group.shutdownGracefully()
    }

    @Test("Loops without their own label are counted together")
    func manyLoops() async throws {
        let runtime = Instruments(eventLoops: 3).runtime
        #expect((0...2).map { runtime.label(ofLoop: $0) } == [EventLoopNumber(0), .rest, .rest])
        #expect((0...1).map { instruments.runtime.label(ofLoop: $0) } == [EventLoopNumber(0), EventLoopNumber(1)])
        #expect(EventLoopNumber.rest.labelValues == ["rest"])
    }

    @Test("The watch sees a loop that hangs; the process is dead when every loop hangs")
    func stall() async throws {
        let time = Mutex(MonotonicTime(nanoseconds: 1_000_000_000))
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let watch = EventLoopWatch(group: group, instruments: instruments) { time.withLock { $0 } }
        let loops = Array(group.makeIterator())
        let release = DispatchSemaphore(value: 0)
        #expect(watch.isTurning)

        loops[0].execute { release.wait() }
        watch.probe()
        try await loops[1].submit {}.get()
        time.withLock { $0 = $0 + .seconds(6) }
        #expect(watch.isTurning)

        loops[1].execute { release.wait() }
        watch.probe()
        time.withLock { $0 = $0 + .seconds(5) }
        #expect(watch.isTurning)
        time.withLock { $0 = $0 + .milliseconds(1) }
        #expect(!watch.isTurning)

        for _ in loops { release.signal() }
        for loop in loops { try await loop.submit {}.get() }
        #expect(watch.isTurning)
        // The first loop hung before its only probe; the first probe of the second loop came back at once.
        let lag = instruments.runtime.eventLoopLagSeconds
        #expect(lag.count(EventLoopNumber(0)) == 1)
        #expect(lag.sum(EventLoopNumber(0)) == 11_001_000_000)
        #expect(lag.count(EventLoopNumber(1)) == 2)
        #expect(lag.sum(EventLoopNumber(1)) == 5_001_000_000)
        try await group.shutdownGracefully()
    }

    @Test("The working time of a loop is its thread's processor time")
    func busy() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let watch = EventLoopWatch(group: group, instruments: instruments)
        watch.probe()
        try await group.next().submit {}.get()
        watch.show()
        let before = instruments.runtime.eventLoopBusySecondsTotal.value(EventLoopNumber(0))
        #expect(before > 0)
        try await group.next().submit {
            let end = MonotonicTime.now + .milliseconds(20)
            while .now < end {}
        }.get()
        watch.show()
        #expect(instruments.runtime.eventLoopBusySecondsTotal.value(EventLoopNumber(0)) > before)
        let ratio = instruments.http.resourceUtilizationRatio.value(.eventLoop)
        #expect(ratio > 0 && ratio <= 1)
        try await group.shutdownGracefully()
    }

    @Test("The cooperative pool is probed too, from the loop for operations")
    func executor() async throws {
        try await TestServer.with { server in
            while server.instruments.runtime.executorLagSeconds.count == 0
                || server.instruments.runtime.eventLoopLagSeconds.count(EventLoopNumber(0)) == 0
            {
                try Task.checkCancellation()
                let answer = try await server.ask("GET", "/healthz")
                #expect(answer.status == 200)
            }
        }
    }

    @Test("A process whose loops have stalled is not alive")
    func liveness() async throws {
        try await TestServer.with {
            $0.isAlive = false
        } _: { server in
            let answer = try await server.ask("GET", "/healthz", ofOperations: true)
            #expect(answer.status == 500)
            #expect(answer.text == "event loops stalled\n")
        }
    }
}
