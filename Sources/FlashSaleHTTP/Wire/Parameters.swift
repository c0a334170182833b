// Reads the parameters of a request from its query and its JSON body, and collects the faults of each.

internal import FlashSale
internal import NIOCore
internal import Textbook

/// A parameter by its name on the wire.
enum Parameter: String, Sendable {
    case userID = "user_id"
    case id
    case code
    case limit
    case cursor
    /// Of the buyer's page: the idempotency key of a form, and what came of the last one.
    case key
    case notice
}

struct Parameters {
    /// The parameters that were read, each once.
    private var values: [(parameter: Parameter, text: String)] = []
    /// The faults of the request, by field.
    private(set) var errors: [(field: String, why: String)] = []

    /// Reads a query, and a body if the route takes one. Parameters that are not accepted are ignored.
    init(query: Substring, body: JSONValue?, accepting accepted: [Parameter]) {
        values.reserveCapacity(accepted.count)
        var query = query
        if !query.isEmpty { query.withUTF8 { read(query: $0, accepting: accepted) } }
        if let body { read(body: body, accepting: accepted) }
    }

    /// An identifier of 1 to 64 of `A-Z a-z 0-9 . _ : @ -`. Notes an error and returns nil if there is none.
    mutating func identifier(_ parameter: Parameter) -> String? {
        guard let text = optionalIdentifier(parameter) else {
            fail(parameter, "is required")
            return nil
        }
        return text
    }

    /// The same for an optional parameter.
    mutating func optionalIdentifier(_ parameter: Parameter) -> String? {
        guard let text = text(parameter) else { return nil }
        if text.isEmpty {
            fail(parameter, "must not be empty")
        } else if text.utf8.count > Limits.identifierLength {
            fail(parameter, "must be at most \(Limits.identifierLength) bytes")
        } else if !isWellFormedIdentifier(text) {
            fail(parameter, "may only contain A-Z a-z 0-9 . _ : @ -")
        } else {
            return text
        }
        return nil
    }

    /// The buyer that a request is for: the one that it names, or else the one that it proves.
    mutating func buyer(proven: BuyerID?) -> BuyerID? {
        let named = proven == nil ? identifier(.userID) : optionalIdentifier(.userID)
        return named.flatMap(BuyerID.init) ?? proven
    }

    /// A whole number within a range; the default if there is no such parameter.
    mutating func integer(_ parameter: Parameter, in range: ClosedRange<Int>, default standard: Int) -> Int? {
        guard let text = text(parameter) else {
            return errors.contains { $0.field == parameter.rawValue } ? nil : standard
        }
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text), range.contains(number)
        else {
            fail(parameter, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return number
    }

    func text(_ parameter: Parameter) -> String? {
        values.first { $0.parameter == parameter }?.text
    }

    /// Notes a fault of a parameter. The first fault of each parameter counts.
    mutating func fail(_ parameter: Parameter, _ why: String) {
        if !errors.contains(where: { $0.field == parameter.rawValue }) { errors.append((parameter.rawValue, why)) }
        values.removeAll { $0.parameter == parameter }
    }

    var isValid: Bool { errors.isEmpty }

    /// The answer to a request with faults.
    var problem: Problem { .validation(errors) }

    private mutating func read(query: UnsafeBufferPointer<UInt8>, accepting accepted: [Parameter]) {
        var rest = query[...]
        while !rest.isEmpty {
            let pair = rest.prefix { $0 != 0x26 }
            rest = rest.dropFirst(pair.count + 1)
            let name = pair.prefix { $0 != 0x3D }
            guard let parameter = accepted.first(where: { Self.isName(name, of: $0) }) else { continue }
            guard !isKnown(parameter) else {
                fail(parameter, "is given more than once")
                continue
            }
            do throws(TextFailure) {
                let text = try percentDecoded(pair.dropFirst(name.count + 1), limit: Limits.identifierLength)
                values.append((parameter, text))
            } catch {
                fail(parameter, error.why)
            }
        }
    }

    private mutating func read(body: JSONValue, accepting accepted: [Parameter]) {
        guard case .object(let members) = body else {
            errors.append(("body", "must be a JSON object"))
            return
        }
        for (key, value) in members {
            guard let parameter = accepted.first(where: { $0.rawValue == key }) else { continue }
            let text: String
            switch value {
            case .string(let string): text = string
            case .integer(let number): text = String(number)
            default:
                fail(parameter, "must be a string")
                continue
            }
            if text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
                fail(parameter, TextFailure.control.why)
            } else if let other = self.text(parameter), other != text {
                fail(parameter, "is one thing in the query and another in the body")
            } else if !isKnown(parameter) {
                values.append((parameter, text))
            }
        }
    }

    private func isKnown(_ parameter: Parameter) -> Bool {
        values.contains { $0.parameter == parameter } || errors.contains { $0.field == parameter.rawValue }
    }

    /// Whether the bytes are a parameter's name, percent escapes allowed.
    private static func isName(_ bytes: Slice<UnsafeBufferPointer<UInt8>>, of parameter: Parameter) -> Bool {
        if bytes.elementsEqual(parameter.rawValue.utf8) { return true }
        guard bytes.contains(0x25) else { return false }
        return (try? percentDecoded(bytes, limit: Limits.identifierLength)) == parameter.rawValue
    }
}
