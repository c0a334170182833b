// Reads the header fields, the JSON body and the idempotency key of a request.

internal import FlashSale
internal import NIOCore
internal import NIOHTTP1
internal import Telemetry
internal import Textbook

extension Request {
    /// The values of a field.
    func values(of field: String) -> [Substring] {
        headers[field].map { $0[...] }
    }

    /// The body as JSON; nil if there is none.
    func json(depth: Int) throws(Problem) -> JSONValue? {
        guard let body else { return nil }
        guard headers[canonicalForm: "content-encoding"].allSatisfy({ $0.lowercased() == "identity" }) else {
            throw .plain(.unsupportedMediaType, fields: [("Accept-Encoding", "identity")])
        }
        guard mediaType == "application/json" else { throw Problem(.unsupportedMediaType) }
        do throws(JSONFailure) {
            return try JSONValue(parsing: body.readableBytesView, depth: depth)
        } catch {
            throw .validation([("body", error.why)])
        }
    }

    /// The media type of the body in lower case, without parameters; nil if none is named, or more than one.
    var mediaType: String? {
        let types = values(of: "content-type")
        guard types.count == 1 else { return nil }
        return types[0].prefix { $0 != ";" && $0 != " " && $0 != "\t" }.lowercased()
    }

    /// The `Idempotency-Key`: a bare identifier, or one in quotes, as the draft of the field writes it.
    func idempotencyKey() throws(Problem) -> IdempotencyKey? {
        let fields = values(of: "idempotency-key")
        guard var text = fields.first else { return nil }
        if text.utf8.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") {
            text = text.dropFirst().dropLast()
        }
        guard fields.count == 1, let key = IdempotencyKey(String(text)) else {
            throw .validation([("Idempotency-Key", "must be one string of 1 to 64 of A-Z a-z 0-9 . _ : @ -")])
        }
        return key
    }
}
