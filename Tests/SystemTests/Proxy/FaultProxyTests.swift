// The proxy does what the tests of faults rely on.

import Glibc
import NIOCore
import NIOPosix
import Testing

extension SystemTests {
    @Suite("The proxy of the faults", .timeLimit(.minutes(1)))
    struct FaultProxyTests {
        /// One exchange as the client saw it.
        private enum Seen: Equatable {
            case answer(String)
            case silence
            case closed
            case refused
        }

        @Test("Without a fault it passes bytes on, both ways")
        func faithful() async throws {
            try await Self.withProxy { proxy in
                let seen = try await Self.exchange("hello", over: proxy)
                #expect(seen == .answer("hello"))
            }
        }

        @Test("Half-open it passes on nothing, and nothing is lost when the cable is back")
        func halfOpen() async throws {
            try await Self.withProxy { proxy in
                try await proxy.set(.halfOpen)
                #expect(try await Self.exchange("hello", over: proxy) == .silence)
                let later = Task { try await Self.exchange("later", over: proxy, patienceSeconds: 10) }
                try await proxy.set(.none)
                #expect(try await later.value == .answer("later"))
            }
        }

        @Test("Mute it passes on requests at once, and replies once the fault is over")
        func mute() async throws {
            try await Self.withProxy { proxy in
                try await proxy.set(.mute)
                let waiting = Task { try await Self.exchange("hello", over: proxy, patienceSeconds: 10) }
                #expect(try await Self.exchange("hello", over: proxy) == .silence)
                try await proxy.set(.none)
                #expect(try await waiting.value == .answer("hello"))
            }
        }

        @Test("It replies to each command in the store's place")
        func ownAnswers() async throws {
            try await Self.withProxy { proxy in
                try await proxy.set(.answer("-no\r\n"))
                let commands = "*1\r\n$2\r\nno\r\n*1\r\n$2\r\nno\r\n"
                #expect(try await Self.exchange(commands, over: proxy, answerLength: 10) == .answer("-no\r\n-no\r\n"))
                try await proxy.set(.none)
                #expect(try await Self.exchange("*hello", over: proxy) == .answer("*hello"))
            }
        }

        @Test("It leads to another port, and cuts connections to the former one")
        func leading() async throws {
            try await Self.withProxy { other in
                try await Self.withProxy { proxy in
                    try await proxy.set(.halfOpen)
                    let waiting = Task { try await Self.exchange("hello", over: proxy, patienceSeconds: 10) }
                    try await until("it is connected") { try await proxy.connections == 1 }
                    try await proxy.lead(to: other.port)
                    #expect(try await waiting.value == .closed)
                    try await proxy.set(.none)
                    try await other.set(.answer("other"))
                    #expect(try await Self.exchange("*what", over: proxy) == .answer("other"))
                }
            }
        }

        @Test("A delay applies on the way there and on the way back")
        func delay() async throws {
            try await Self.withProxy { proxy in
                try await proxy.set(.delay(.milliseconds(150)))
                let start = ContinuousClock.now
                #expect(try await Self.exchange("hello", over: proxy, patienceSeconds: 10) == .answer("hello"))
                #expect(ContinuousClock.now - start >= .milliseconds(300))
            }
        }

        @Test("One byte a second comes, and the rest at once when the fault is over")
        func trickle() async throws {
            try await Self.withProxy { proxy in
                try await proxy.set(.trickle)
                let start = ContinuousClock.now
                #expect(try await Self.exchange("ab", over: proxy, patienceSeconds: 10) == .answer("ab"))
                #expect(ContinuousClock.now - start >= .seconds(1))
            }
        }

        @Test("With a dropped reply the server got the message, and the client only a closed connection")
        func droppedReply() async throws {
            try await Self.withProxy { proxy in
                try await proxy.set(.dropReply(to: "buy"))
                #expect(try await Self.exchange("look", over: proxy) == .answer("look"))
                #expect(try await proxy.strikes == 0)
                #expect(try await Self.exchange("now buy it", over: proxy) == .closed)
                #expect(try await proxy.strikes == 1)
                #expect(try await Self.exchange("now buy it", over: proxy) == .answer("now buy it"))
            }
        }

        @Test("A connection can be cut after a message, and all of them at any time")
        func cut() async throws {
            try await Self.withProxy { proxy in
                try await proxy.set(.cut(after: "buy"))
                #expect(try await Self.exchange("now buy it", over: proxy) == .closed)
                try await proxy.set(.halfOpen)
                let waiting = Task { try await Self.exchange("hello", over: proxy, patienceSeconds: 10) }
                try await until("it is connected") { try await proxy.connections == 1 }
                try await proxy.cut()
                #expect(try await waiting.value == .closed)
            }
        }

        @Test("It refuses connections, and admits them again on the same port")
        func refusal() async throws {
            try await Self.withProxy { proxy in
                try await proxy.refuse()
                #expect(try await Self.exchange("hello", over: proxy) == .refused)
                try await proxy.admit()
                #expect(try await Self.exchange("hello", over: proxy) == .answer("hello"))
            }
        }

        /// Lends a proxy in front of an echo server.
        private static func withProxy(_ body: (FaultProxy) async throws -> Void) async throws {
            let echo = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Echo()) }
                }
                .bind(host: "127.0.0.1", port: 0).get()
            let proxy = try await FaultProxy.start(to: echo.localAddress?.port ?? 0)
            do {
                try await body(proxy)
            } catch {
                try await echo.close()
                throw error
            }
            try await proxy.refuse()
            try await echo.close()
        }

        /// Sends a text on its own connection, and waits for a reply of the same length, unless another length is
        /// given.
        private static func exchange(
            _ text: String, over proxy: FaultProxy, patienceSeconds: Int = 1, answerLength: Int? = nil
        ) async throws -> Seen {
            let length = answerLength ?? text.utf8.count
            return try await Crowd.run(1, ports: []) { _, _ in
                guard let descriptor = loopbackSocket(port: proxy.port, patienceSeconds: patienceSeconds) else {
                    return .refused
                }
                defer { close(descriptor) }
                let bytes = Array(text.utf8)
                guard send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { return .closed }
                var received: [UInt8] = []
                while received.count < length {
                    var buffer = [UInt8](repeating: 0, count: 256)
                    let count = recv(descriptor, &buffer, buffer.count, 0)
                    if count < 0 && errno == EAGAIN { return .silence }
                    guard count > 0 else { return .closed }
                    received += buffer[..<count]
                }
                return .answer(String(decoding: received, as: UTF8.self))
            }[0]
        }
    }
}

/// Echoes its input.
private final class Echo: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { context.writeAndFlush(data, promise: nil) }
}

/// Asks again until the condition holds; a test that asks in vain fails here.
func until(
    _ what: String, within deadline: Duration = ServiceProcess.patience, _ isSo: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + deadline
    while try await !isSo() { try #require(ContinuousClock.now < end, "in vain: \(what)") }
}
