// Reads the header fields, the JSON body and the idempotency key of a request.

internal import FlashSale
internal import NIOCore
internal import NIOHTTP1
internal import Telemetry
internal import Textbook

/// A part of a request that was read, or the problem with it.
enum Parsed<Value> {
    case value(Value)
    indirect case refused(Problem)
}

extension Request {
    /// The values of a field. The white space around a value is no part of it (RFC 9110, section 5.5).
    func values(of field: String) -> [Substring] {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        return headers[field].map { value in
            guard let last = value.lastIndex(where: { !isBlank($0) }) else { return "" }
            return value[...last].drop(while: isBlank)
        }
    }

    /// The body as JSON; nil if there is none.
    func json(depth: Int) -> Parsed<JSONValue?> {
        guard let body else { return .value(nil) }
        guard headers[canonicalForm: "content-encoding"].allSatisfy({ $0.lowercased() == "identity" }) else {
            var problem = Problem(.unsupportedMediaType)
            problem.fields = [("Accept-Encoding", "identity")]
            return .refused(problem)
        }
        guard hasJSONContentType else { return .refused(Problem(.unsupportedMediaType)) }
        do throws(JSONFailure) {
            return .value(try JSONValue(parsing: body.readableBytesView, depth: depth))
        } catch {
            return .refused(.validation([("body", error.why)]))
        }
    }

    /// `application/json` with or without parameters, in any case.
    private var hasJSONContentType: Bool {
        let fields = headers["content-type"]
        guard fields.count == 1, let field = fields.first else { return false }
        let type = field.prefix { $0 != ";" && $0 != " " && $0 != "\t" }
        return type.lowercased() == "application/json"
    }

    /// The `Idempotency-Key`: a bare identifier, or one in quotes, as the draft of the field writes it.
    func idempotencyKey() -> Parsed<IdempotencyKey?> {
        let fields = values(of: "idempotency-key")
        guard var text = fields.first else { return .value(nil) }
        if text.utf8.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") {
            text = text.dropFirst().dropLast()
        }
        guard fields.count == 1, let key = IdempotencyKey(String(text)) else {
            return .refused(
                .validation([("Idempotency-Key", "must be one string of 1 to 64 of A-Z a-z 0-9 . _ : @ -")])
            )
        }
        return .value(key)
    }
}
