// Reads HTTP/1.1 answers from bytes that arrive in any pieces: RFC 9112, as far as answers to these requests need it.

import NIOCore
import Textbook

/// Collects the bytes of one connection and gives back whole answers.
struct AnswerParser {
    enum Progress {
        /// More must arrive first.
        case incomplete
        case answer(WireAnswer)
        /// It is not HTTP/1.1, or breaks its rules. The connection is of no more use.
        case garbage(String)
    }

    static let headBytesMax = 32 * 1_024
    static let bodyBytesMax = 8 * 1_024 * 1_024

    private enum Framing: Equatable {
        case length(Int)
        case chunked
        case untilClose
    }

    private struct Head {
        var answer: WireAnswer
        var framing: Framing
        /// Whether the last chunk has come, and only trailers are missing.
        var hasBody = false
    }

    /// A final answer's head, or an interim answer, which says nothing that this client asked for.
    private enum FoundHead {
        case final(Head)
        case interim
    }

    private var bytes = ByteBuffer()
    private var head: Head?

    mutating func append(_ buffer: ByteBuffer) {
        if bytes.readableBytes == 0 {
            bytes = buffer
        } else {
            bytes.writeImmutableBuffer(buffer)
        }
    }

    /// Whether a part of an answer has come.
    var isInAnswer: Bool { head != nil || bytes.readableBytes > 0 }

    mutating func next() -> Progress {
        while head == nil {
            switch readHead() {
            case nil: return .incomplete
            case .failure(let problem): return .garbage(problem.text)
            case .success(.interim): continue
            case .success(.final(let found)): head = found
            }
        }
        guard var answer = head?.answer, let framing = head?.framing else { return .incomplete }
        switch framing {
        case .length(let length):
            guard let body = bytes.readSlice(length: length) else { return .incomplete }
            answer.body = body
        case .chunked:
            let end = head?.hasBody == true ? .success(()) : readChunks(into: &answer.body)
            head?.answer = answer
            switch end {
            case nil: return .incomplete
            case .failure(let problem): return .garbage(problem.text)
            case .success: head?.hasBody = true
            }
            switch skipTrailers() {
            case nil: return .incomplete
            case .failure(let problem): return .garbage(problem.text)
            case .success: break
            }
        case .untilClose:
            guard bytes.readableBytes <= Self.bodyBytesMax else { return .garbage("a body without end") }
            return .incomplete
        }
        head = nil
        return .answer(answer)
    }

    /// The connection was closed: an answer without a length is complete now.
    mutating func end() -> WireAnswer? {
        guard let found = head, found.framing == .untilClose else { return nil }
        head = nil
        var answer = found.answer
        answer.body = bytes
        bytes = ByteBuffer()
        return answer
    }

    private struct Problem: Error {
        let text: String
    }

    private mutating func readHead() -> Result<FoundHead, Problem>? {
        let (found, length) = bytes.withUnsafeReadableBytes { raw -> (Result<FoundHead, Problem>?, Int) in
            guard raw.count >= 12 else {
                return (raw.starts(with: "HTTP/1.1 ".utf8.prefix(raw.count)) ? nil : Self.notHTTP, 0)
            }
            guard raw.starts(with: "HTTP/1.".utf8) else { return (Self.notHTTP, 0) }
            guard let end = Self.find("\r\n\r\n", in: raw[...]) else {
                return (raw.count <= Self.headBytesMax ? nil : .failure(Problem(text: "a head without end")), 0)
            }
            return (Self.parse(raw[..<(end + 2)]), end + 4)
        }
        bytes.moveReaderIndex(forwardBy: length)
        return found
    }

    private static let notHTTP = Result<FoundHead, Problem>.failure(Problem(text: "the bytes are not HTTP/1.1"))
    /// The protocol changes after this answer, and nobody has asked for that.
    private static let switchingProtocols = 101

    private static func parse(_ raw: Slice<UnsafeRawBufferPointer>) -> Result<FoundHead, Problem> {
        guard let status = number(raw[raw.startIndex + 9..<raw.startIndex + 12]), status >= 100,
            status != switchingProtocols
        else {
            return .failure(Problem(text: "an invalid status"))
        }
        if status < 200 { return .success(.interim) }
        // HTTP/1.0 closes, unless it says otherwise.
        var answer = WireAnswer(
            status: status, closes: raw[raw.startIndex + 7] == UInt8(ascii: "0"), body: ByteBuffer())
        var framing: Framing? = status == 204 || status == 304 ? .length(0) : nil
        var saysClose = false
        var line = (find("\r\n", in: raw) ?? raw.endIndex - 2) + 2
        while line < raw.endIndex, let end = find("\r\n", in: raw[line...]) {
            let field = raw[line..<end]
            line = end + 2
            // Only fields with these initials matter, and most answers have few of them.
            switch (field.first ?? 0) | 0x20 {
            case UInt8(ascii: "c"):
                if let value = value(of: "content-length", in: field), status != 204, status != 304 {
                    guard let length = number(value), length <= bodyBytesMax,
                        framing == nil || framing == .chunked || framing == .length(length)
                    else {
                        return .failure(Problem(text: "an invalid content length"))
                    }
                    framing = framing ?? .length(length)
                } else if let value = value(of: "connection", in: field) {
                    for option in value.split(separator: UInt8(ascii: ",")).map(trimmed) {
                        if isEqual(option, "close") { saysClose = true }
                        if isEqual(option, "keep-alive") { answer.closes = false }
                    }
                }
            case UInt8(ascii: "t"):
                if let value = value(of: "transfer-encoding", in: field), status != 204, status != 304 {
                    guard isEqual(value, "chunked") else { return .failure(Problem(text: "an unknown encoding")) }
                    framing = .chunked
                }
            case UInt8(ascii: "r"):
                if let value = value(of: "retry-after", in: field) {
                    let seconds =
                        number(value)
                        ?? RetryAfter.seconds(
                            String(decoding: value, as: UTF8.self), now: WallClock.now / 1_000_000_000
                        ).map(Int.init)
                    answer.retryAfter = seconds.map { min($0, WireAnswer.waitMax) }
                }
            case UInt8(ascii: "l"):
                if let value = value(of: "link", in: field) {
                    answer.nextPage = nextPage(String(decoding: value, as: UTF8.self))
                }
            default: break
            }
        }
        if framing == nil || saysClose { answer.closes = true }
        return .success(.final(Head(answer: answer, framing: framing ?? .untilClose)))
    }

    /// The path of the link whose relation is `next`.
    private static func nextPage(_ link: String) -> String? {
        link.split(separator: ",").lazy.filter { $0.contains("rel=\"next\"") }
            .compactMap { $0.firstMatch(of: #/<([^>]*)>/#).map { String($0.1) } }.first
    }

    /// Takes complete chunks; nil until the last one has come.
    private mutating func readChunks(into body: inout ByteBuffer) -> Result<Void, Problem>? {
        while true {
            let size = bytes.withUnsafeReadableBytes { raw -> (line: Int, size: Int?)? in
                guard let end = Self.find("\r\n", in: raw[...]) else { return nil }
                let digits = raw[..<end].prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }
                return (end + 2, Int(String(decoding: digits, as: UTF8.self), radix: 16))
            }
            guard let (line, size) = size else {
                return bytes.readableBytes > 1_024 ? .failure(Problem(text: "a chunk without a size")) : nil
            }
            guard let size, size >= 0, body.readableBytes + size <= Self.bodyBytesMax else {
                return .failure(Problem(text: "a chunk with an invalid size"))
            }
            guard size > 0 else {
                bytes.moveReaderIndex(forwardBy: line)
                return .success(())
            }
            guard bytes.readableBytes >= line + size + 2 else { return nil }
            bytes.moveReaderIndex(forwardBy: line)
            if var chunk = bytes.readSlice(length: size) { body.writeBuffer(&chunk) }
            bytes.moveReaderIndex(forwardBy: 2)
        }
    }

    /// Passes over the fields behind the last chunk, up to the empty line; nil until that has come.
    private mutating func skipTrailers() -> Result<Void, Problem>? {
        while true {
            let end = bytes.withUnsafeReadableBytes { Self.find("\r\n", in: $0[...]) }
            guard let end else {
                return bytes.readableBytes > Self.headBytesMax ? .failure(Problem(text: "trailers without end")) : nil
            }
            bytes.moveReaderIndex(forwardBy: end + 2)
            if end == 0 { return .success(()) }
        }
    }

    // MARK: - Bytes

    private static func find(_ text: StaticString, in raw: Slice<UnsafeRawBufferPointer>) -> Int? {
        let bytes = UnsafeRawBufferPointer(rebasing: raw)
        return firstIndex(of: text, in: bytes).map { raw.startIndex + $0 }
    }

    /// A field's value, if the field has this name, which is in lower case.
    private static func value(
        of name: StaticString, in field: Slice<UnsafeRawBufferPointer>
    ) -> Slice<UnsafeRawBufferPointer>? {
        let length = name.utf8CodeUnitCount
        guard field.count > length, field[field.startIndex + length] == UInt8(ascii: ":"),
            isEqual(field[..<(field.startIndex + length)], name)
        else { return nil }
        return trimmed(field[(field.startIndex + length + 1)...])
    }

    private static func trimmed(_ raw: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
        var value = raw
        while let first = value.first, first == 0x20 || first == 0x09 { value = value.dropFirst() }
        while let last = value.last, last == 0x20 || last == 0x09 { value = value.dropLast() }
        return value
    }

    private static func isEqual(_ raw: Slice<UnsafeRawBufferPointer>, _ lowercase: StaticString) -> Bool {
        guard raw.count == lowercase.utf8CodeUnitCount else { return false }
        for (index, byte) in raw.enumerated() {
            let lower = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
            guard lower == lowercase.utf8Start[index] else { return false }
        }
        return true
    }

    private static func number(_ raw: Slice<UnsafeRawBufferPointer>) -> Int? {
        guard !raw.isEmpty, raw.count <= 12 else { return nil }
        var number = 0
        for byte in raw {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            number = number * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return number
    }
}
