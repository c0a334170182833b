// A client that sends any bytes, so that tests can send what no proper client sends.

import NIOCore
import NIOPosix
import NIOSSL

/// An answer, as read from the wire.
struct RawAnswer: Sendable {
    let status: Int
    let fields: [(name: String, value: String)]
    let body: [UInt8]

    subscript(_ name: String) -> String? {
        fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    var text: String { String(decoding: body, as: UTF8.self) }
}

/// One connection; a test reads and writes it in turn.
struct RawConnection {
    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var received: [UInt8] = []

    /// Connects, and closes the connection when the body ends.
    ///
    /// - Parameters:
    ///   - greeting: bytes that come before TLS.
    ///   - tls: nil for plain text.
    static func with<Result>(
        host: String = "127.0.0.1", port: Int, greeting: String = "", tls: NIOSSLContext? = nil,
        _ body: (inout RawConnection) async throws -> Result
    ) async throws -> Result {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if !greeting.isEmpty { try channel.pipeline.syncOperations.addHandler(Greeting(greeting)) }
                    if let tls {
                        let handler = try NIOSSLClientHandler(context: tls, serverHostname: nil)
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                    return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            var connection = RawConnection(inbound: inbound.makeAsyncIterator(), outbound: outbound)
            return try await body(&connection)
        }
    }

    func send(_ text: String) async throws {
        try await outbound.write(ByteBuffer(string: text))
    }

    func send(bytes: [UInt8]) async throws {
        try await outbound.write(ByteBuffer(bytes: bytes))
    }

    /// The next answer; nil if the server closes instead.
    ///
    /// - Parameter hasBody: false after HEAD.
    mutating func answer(hasBody: Bool = true) async throws -> RawAnswer? {
        var headLength = endOfHead()
        while headLength == nil {
            try Task.checkCancellation()
            guard try await receive() else { return nil }
            headLength = endOfHead()
        }
        let head = String(decoding: received[..<(headLength ?? 0)], as: UTF8.self)
        received.removeFirst(headLength ?? 0)
        var lines = head.split(separator: "\r\n")
        let status = Int(lines.removeFirst().split(separator: " ")[1]) ?? 0
        let fields = lines.map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (name: String(parts[0]), value: String(parts[1].drop { $0 == " " }))
        }
        if status == 100 { return RawAnswer(status: status, fields: fields, body: []) }
        let length = fields.first { $0.name.lowercased() == "content-length" }.flatMap { Int($0.value) } ?? 0
        let bodyLength = hasBody && status != 304 ? length : 0
        while received.count < bodyLength {
            try Task.checkCancellation()
            guard try await receive() else { return nil }
        }
        let body = Array(received.prefix(bodyLength))
        received.removeFirst(bodyLength)
        return RawAnswer(status: status, fields: fields, body: body)
    }

    /// The bytes up to a text and with it; nil if the server closes before that.
    mutating func text(through end: String) async throws -> String? {
        var searched = 0
        while true {
            try Task.checkCancellation()
            let from = max(0, searched - end.utf8.count)
            if let range = received[from...].firstRange(of: Array(end.utf8)) {
                defer { received.removeSubrange(..<range.upperBound) }
                return String(decoding: received[..<range.upperBound], as: UTF8.self)
            }
            searched = received.count
            guard try await receive() else { return nil }
        }
    }

    /// Whether the server closes its side without further bytes.
    mutating func isClosedByServer() async throws -> Bool {
        guard received.isEmpty else { return false }
        return try await !receive()
    }

    /// Whether a server that echoes returns the bytes.
    mutating func isEchoed(_ text: String) async throws -> Bool {
        try await send(text)
        while received.count < text.utf8.count {
            try Task.checkCancellation()
            guard try await receive() else { return false }
        }
        defer { received.removeFirst(text.utf8.count) }
        return received.starts(with: text.utf8)
    }

    private func endOfHead() -> Int? {
        guard received.count >= 4 else { return nil }
        for index in 0...(received.count - 4) where received[index..<index + 4].elementsEqual([13, 10, 13, 10]) {
            return index + 4
        }
        return nil
    }

    private mutating func receive() async throws -> Bool {
        guard let buffer = try await inbound.next(isolation: #isolation) else { return false }
        received.append(contentsOf: buffer.readableBytesView)
        return true
    }
}

/// Sends bytes as soon as its connection is open, before the handlers after it send any.
private final class Greeting: ChannelInboundHandler, Sendable {
    typealias InboundIn = Never

    private let text: String

    init(_ text: String) {
        self.text = text
    }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(NIOAny(ByteBuffer(string: text)), promise: nil)
        context.fireChannelActive()
    }
}
