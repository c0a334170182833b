// A route's answer to a request. The connection adds what transport needs: keep-alive, lengths, dates, ids.

internal import NIOCore
internal import NIOHTTP1
internal import Textbook

struct Answer: Sendable {
    var status: HTTPResponseStatus
    /// The header fields of the route; the connection adds the rest.
    var fields: [(String, String)]
    var body: ByteBuffer
    /// Whether more bytes follow the body, until the connection closes.
    var isEndless = false

    init(_ status: HTTPResponseStatus, fields: [(String, String)] = [], body: ByteBuffer = ByteBuffer()) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// A JSON answer that no cache may keep.
    static func json(_ writer: JSONWriter, status: HTTPResponseStatus = .ok) -> Answer {
        Answer(status, fields: [contentTypeJSON, cacheControlNone], body: ByteBuffer(bytes: writer.bytes))
    }

    /// A JSON answer that caches may keep for a second.
    static func briefly(_ writer: JSONWriter) -> Answer {
        Answer(
            .ok, fields: [contentTypeJSON, ("Cache-Control", "public, max-age=1")],
            body: ByteBuffer(bytes: writer.bytes))
    }

    /// The same answer, marked if the service has given it before under the same idempotency key.
    func replayed(_ isReplay: Bool) -> Answer {
        guard isReplay else { return self }
        var answer = self
        answer.fields.append(("Idempotency-Replayed", "true"))
        return answer
    }

    /// A text for probes and people.
    static func text(_ text: String, status: HTTPResponseStatus = .ok) -> Answer {
        Answer(
            status, fields: [("Content-Type", "text/plain; charset=utf-8"), cacheControlNone],
            body: ByteBuffer(string: text)
        )
    }

    static let contentTypeJSON = ("Content-Type", "application/json")
    static let cacheControlNone = ("Cache-Control", "no-store")
    private static let tagName = "ETag"
}

extension Answer {
    /// The same answer with an ETag over its body.
    func tagged() -> Answer {
        var answer = self
        answer.fields.append((Self.tagName, "\"\(String(FNV1a(body.readableBytesView).value, radix: 16))\""))
        return answer
    }

    /// The tagged answer, or 304 without a body if the client has that body.
    func validated(against request: Request) -> Answer {
        guard let tag = fields.first(where: { $0.0 == Self.tagName })?.1 else {
            return tagged().validated(against: request)
        }
        let isKnown = request.headers["if-none-match"].contains { field in
            field.split(separator: ",").contains { candidate in
                let candidate = candidate.drop { $0 == " " || $0 == "\t" }
                let opaque = candidate.hasPrefix("W/") ? candidate.dropFirst(2) : candidate
                return opaque.prefix { $0 != " " && $0 != "\t" } == tag || opaque == "*"
            }
        }
        guard isKnown else { return self }
        var answer = self
        answer.status = .notModified
        answer.body = ByteBuffer()
        answer.fields.removeAll { $0.0 == "Content-Type" }
        return answer
    }
}
