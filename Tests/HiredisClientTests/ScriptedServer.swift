// A server that sends what the test wants and a real Redis never does: nothing, garbage, too many replies.

import NIOCore
import NIOPosix
import Synchronization

/// Listens on loopback, does the handshake like Redis, and replies to every other command as the test says.
final class ScriptedServer: Sendable {
    /// What to write for a command; nil for nothing.
    typealias Answer = @Sendable (_ words: [String]) -> String?

    let url: String
    private let channel: any Channel

    private init(channel: any Channel) throws {
        self.channel = channel
        url = "redis://127.0.0.1:\(channel.localAddress?.port ?? 0)"
    }

    /// Runs a server for as long as the body does.
    static func run(_ answer: @escaping Answer, _ body: (ScriptedServer) async throws -> Void) async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let channel = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(answer: answer))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            try await body(ScriptedServer(channel: channel))
        } catch {
            try await channel.close()
            throw error
        }
        try await channel.close()
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let answer: Answer
        private var received = ByteBuffer()

        init(answer: @escaping Answer) {
            self.answer = answer
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            received.writeImmutableBuffer(unwrapInboundIn(data))
            while let words = nextCommand() {
                let text =
                    switch words[0] {
                    case "PING": answer(words) ?? "+PONG\r\n"
                    case "INFO": answer(words) ?? bulk("run_id:abc\r\nredis_version:7.0.0\r\nrole:master\r\n")
                    default: answer(words)
                    }
                guard let text else { continue }
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
            }
        }

        /// Takes one whole command off the received bytes, or nothing.
        private func nextCommand() -> [String]? {
            var rest = received
            guard let count = Self.number(&rest) else { return nil }
            var words: [String] = []
            for _ in 0..<count {
                guard let length = Self.number(&rest), let word = rest.readString(length: length),
                    rest.readSlice(length: 2) != nil
                else { return nil }
                words.append(word)
            }
            received = rest
            return words
        }

        /// Reads `*3\r\n` or `$5\r\n`.
        private static func number(_ buffer: inout ByteBuffer) -> Int? {
            guard let end = buffer.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
            let line = buffer.readString(length: end - buffer.readerIndex + 1)
            return line.flatMap { Int($0.dropFirst().dropLast(1)) }
        }
    }
}

/// A bulk string as the wire has it.
func bulk(_ text: String) -> String { "$\(text.utf8.count)\r\n\(text)\r\n" }
