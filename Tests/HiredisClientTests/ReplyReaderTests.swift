// Replies as bytes, whole and in pieces, sound and broken.

import Testing

@testable import HiredisClient

@Suite struct ReplyReaderTests {
    private static func replies(_ text: String, pieces: Int = .max) throws -> [RedisReply] {
        let reader = ReplyReader()
        var replies: [RedisReply] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(pieces))
            rest = rest.dropFirst(piece.count)
            try piece.withUnsafeBytes { try reader.feed($0) }
            while let reply = try reader.next() { replies.append(reply) }
        }
        return replies
    }

    @Test("Every kind of reply is read, whole or a byte at a time", arguments: [1, 3, .max])
    func reads(pieces: Int) throws {
        let text =
            "+OK\r\n-ERR no\r\n:-7\r\n$3\r\na\u{0}b\r\n$0\r\n\r\n$-1\r\n*-1\r\n*2\r\n:1\r\n*1\r\n$1\r\nx\r\n*0\r\n"
        #expect(
            try Self.replies(text, pieces: pieces) == [
                .status("OK"), .error("ERR no"), .integer(-7), .bulk([97, 0, 98]), .bulk([]), .null, .null,
                .array([.integer(1), .array([.bulk([120])])]), .array([]),
            ])
    }

    @Test(
        "Bytes that are not RESP are an error, without a crash or a large allocation",
        arguments: [
            "HTTP/1.1 400 Bad Request\r\n", "\r\n", "$abc\r\n", "$99999999999999999999\r\n", "*1048577\r\n",
            "*2147483647\r\n", "*4294967297\r\n", "*99999999999999999999\r\n", ":\r\n", ":12a\r\n",
            "%1\r\n+a\r\n+b\r\n",
            String(repeating: "*1\r\n", count: 9), "\u{0}\u{0}\u{0}\r\n",
        ])
    func garbage(text: String) throws {
        let error = #expect(throws: RedisError.self) { try Self.replies(text) }
        #expect(error?.code == .protocol)
    }

    @Test("Random bytes never crash the reader")
    func randomBytes() {
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array("+-:$*0123456789\r\nabc\u{0}".utf8)
        for _ in 0..<2_000 {
            let bytes = (0..<Int.random(in: 1...64)).map { _ in alphabet.randomElement(using: &generator)! }
            _ = try? Self.replies(String(decoding: bytes, as: UTF8.self), pieces: 7)
        }
    }
}
