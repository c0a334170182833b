// The decisions of a connection, without a connection.

import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Telemetry
import Testing

@testable import FlashSaleHTTP

@Suite("The state of a connection")
struct HTTPConnectionStateTests {
    static func time(_ milliseconds: UInt64) -> MonotonicTime { MonotonicTime(nanoseconds: milliseconds * 1_000_000) }

    static func head(_ fields: [(String, String)] = []) -> HTTPRequestHead {
        let headers = HTTPHeaders([("Host", "test")] + fields)
        return HTTPRequestHead(version: .http1_1, method: .POST, uri: "/checkout", headers: headers)
    }

    @Test("Each phase has its own deadline")
    func deadlines() {
        var state = HTTPConnectionState(limits: HTTPLimits(), openedAt: Self.time(0))
        #expect(state.timerFired(at: Self.time(9_999)) == .wait)
        #expect(state.timerFired(at: Self.time(10_000)) == .lookAgain)
        #expect(state.timerFired(at: Self.time(10_008)) == .close)
        let excess = state.bytesArrived(10, at: Self.time(1_000))
        #expect(excess == nil)
        #expect(state.timerFired(at: Self.time(5_999)) == .wait)
        #expect(state.timerFired(at: Self.time(6_000)) == .close)
        expectHead(Self.head(), at: 2_000, refusal: nil, of: &state)
        #expect(state.timerFired(at: Self.time(3_999)) == .wait)
        #expect(state.timerFired(at: Self.time(4_000)) == .refuse)
        _ = state.endArrived()
        #expect(state.timerFired(at: Self.time(4_249)) == .wait)
        #expect(state.timerFired(at: Self.time(4_250)) == .refuse)
        expectSent(isLast: false, at: 3_000, to: .idle, of: &state)
        #expect(state.timerFired(at: Self.time(77_999)) == .wait)
        #expect(state.timerFired(at: Self.time(78_000)) == .lookAgain)
        #expect(state.timerFired(at: Self.time(78_008)) == .close)
        expectSent(isLast: true, at: 3_000, to: .closing, of: &state)
        #expect(state.timerFired(at: Self.time(4_000)) == .close)
    }

    @Test("A connection that waits for a request waits a second while the service shuts down")
    func shutting() {
        var state = HTTPConnectionState(limits: HTTPLimits(), openedAt: Self.time(0))
        #expect(state.timerFired(at: Self.time(999), isShutting: true) == .wait)
        #expect(state.timerFired(at: Self.time(1_000), isShutting: true) == .lookAgain)
        #expect(state.timerFired(at: Self.time(1_008), isShutting: true) == .close)
        _ = state.bytesArrived(10, at: Self.time(1_009))
        expectSent(isLast: false, at: 5_000, to: .idle, of: &state)
        #expect(state.timerFired(at: Self.time(5_999), isShutting: true) == .wait)
        #expect(state.timerFired(at: Self.time(6_000), isShutting: true) == .lookAgain)
        _ = state.bytesArrived(10, at: Self.time(6_000))
        #expect(state.timerFired(at: Self.time(7_000), isShutting: true) == .wait)
    }

    @Test("A kept connection waits longer than it says, by at most a tenth", arguments: [0, 0.5, 1])
    func jitter(share: Double) {
        let limits = HTTPLimits()
        var state = HTTPConnectionState(limits: limits, openedAt: Self.time(0), jitter: share)
        expectSent(isLast: false, at: 0, to: .idle, of: &state)
        let end = Self.time(0) + limits.idleTimeout * (1 + share / 10)
        #expect(state.timerFired(at: Self.time(74_999)) == .wait)
        #expect(state.deadline == end && state.timerFired(at: end) == .lookAgain)
    }

    @Test("An answer may take as long as the client reads")
    func unreadAnswer() {
        var state = HTTPConnectionState(limits: HTTPLimits(), openedAt: Self.time(0))
        state.answered(isLast: false, at: Self.time(0))
        state.stalled(at: 100)
        #expect(state.timerFired(at: Self.time(4_999), unsentBytes: 100) == .wait)
        #expect(state.timerFired(at: Self.time(5_000), unsentBytes: 99) == .wait)
        #expect(state.timerFired(at: Self.time(10_000), unsentBytes: 99) == .close)
    }

    @Test("A body is read up to the limit and no further, however it is cut", arguments: [1, 7, 1_024, 16_384])
    func body(pieceSize: Int) {
        var state = HTTPConnectionState(limits: HTTPLimits(), openedAt: Self.time(0))
        expectHead(Self.head(), at: 0, refusal: nil, of: &state)
        var taken = 0
        while state.bodyArrived(ByteBuffer(repeating: 0x20, count: pieceSize)) { taken += pieceSize }
        #expect(taken == 16_384 / pieceSize * pieceSize)
        let body = state.endArrived()
        #expect(body?.readableBytes == taken)
    }

    @Test("The second body of a connection does not begin with the first")
    func bodiesApart() {
        var state = HTTPConnectionState(limits: HTTPLimits(), openedAt: Self.time(0))
        for text in ["first", "second"] {
            _ = state.headArrived(Self.head(), at: Self.time(0))
            let fits = state.bodyArrived(ByteBuffer(string: text))
            #expect(fits)
            let body = state.endArrived()
            #expect(body.map { String(buffer: $0) } == text)
            expectSent(isLast: false, at: 0, to: .idle, of: &state)
        }
    }

    @Test("A head that announces too large a body is refused at once")
    func promisedBody() {
        var state = HTTPConnectionState(limits: HTTPLimits(), openedAt: Self.time(0))
        expectHead(Self.head([("Content-Length", "16384")]), at: 0, refusal: nil, of: &state)
        for length in ["16385", "9223372036854775807", "9223372036854775808", "18446744073709551615"] {
            expectHead(Self.head([("Content-Length", length)]), at: 0, refusal: .bodyTooLarge, of: &state)
        }
    }

    @Test("What surrounds a body has a bound, anew for each body", arguments: [1_000, 16_384])
    func surroundings(pieceSize: Int) {
        let limits = HTTPLimits()
        var state = HTTPConnectionState(limits: limits, openedAt: Self.time(0))
        for _ in 1...2 {
            _ = state.bytesArrived(10, at: Self.time(0))
            expectHead(Self.head(), at: 0, refusal: nil, of: &state)
            for _ in 1...limits.bodyWireBytes / pieceSize {
                let excess = state.bytesArrived(pieceSize, at: Self.time(0))
                #expect(excess == nil)
            }
            let excess = state.bytesArrived(pieceSize, at: Self.time(0))
            #expect(excess == .bodyTooLarge)
            expectSent(isLast: false, at: 0, to: .idle, of: &state)
        }
    }

    @Test("A timer that is never cancelled still fires in time")
    func longestWait() {
        let state = HTTPConnectionState(limits: HTTPLimits(), openedAt: Self.time(0))
        let limits = HTTPLimits()
        for later in [limits.requestTimeout, limits.headTimeout, limits.sendTimeout, limits.lingerTimeout] {
            #expect(state.longestWait <= later)
        }
    }
}

private func expectHead(
    _ head: HTTPRequestHead, at milliseconds: UInt64, refusal: HeadFault?, of state: inout HTTPConnectionState
) {
    let fault = state.headArrived(head, at: HTTPConnectionStateTests.time(milliseconds))
    #expect(fault == refusal)
}

private func expectSent(
    isLast: Bool, at milliseconds: UInt64, to phase: HTTPConnectionState.Phase, of state: inout HTTPConnectionState
) {
    let now = HTTPConnectionStateTests.time(milliseconds)
    state.answered(isLast: isLast, at: now)
    #expect(!state.takesRequests)
    let isClosing = state.sent(at: now)
    #expect(isClosing == isLast)
    #expect(state.phase == phase)
}

@Suite("The executor of an event loop")
struct EventLoopTaskExecutorTests {
    @Test("Every job of a task runs on the loop, whatever the task awaited")
    func pinning() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let loop = group.next()
        let executor = EventLoopTaskExecutor(loop: loop)
        let strays = Tally()
        let ends = Tally()
        await withTaskGroup { tasks in
            for number in 1...200 {
                tasks.addTask(executorPreference: executor) {
                    for step in 1...20 {
                        if (number + step) % 3 == 0 { await Task.yield() }
                        if (number + step) % 5 == 0 { try? await group.next().submit {}.get() }
                        if !loop.inEventLoop { strays.add() }
                    }
                    ends.add()
                }
            }
        }
        #expect(strays.count == 0)
        #expect(ends.count == 200)
        try await group.shutdownGracefully()
    }
}
