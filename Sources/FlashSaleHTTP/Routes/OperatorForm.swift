// The JSON body of an operator's request, read field by field: for a new sale, and for a change of one. Routes say what
// the fields mean.

internal import FlashSale
internal import Textbook

/// What an operator asks for. Each fault is noted under its field, and its value is nil.
struct OperatorForm {
    private let members: [String: JSONValue]
    /// The faults of the request, by field.
    private(set) var errors: [(field: String, why: String)] = []

    init(_ request: Request, depth: Int) throws(Problem) {
        switch try request.json(depth: depth) {
        case nil: throw .validation([("body", "is required")])
        case .object(let members)?: self.members = members
        case .some: throw .validation([("body", "must be a JSON object")])
        }
    }

    /// The value of a field as it came; nil if there is none.
    subscript(_ field: String) -> JSONValue? { members[field] }

    mutating func fail(_ field: String, _ why: String) { errors.append((field, why)) }

    mutating func integer(_ field: String, in range: ClosedRange<Int>? = nil) -> Int? {
        if case .integer(let number)? = members[field], range?.contains(number) ?? true { return number }
        fail(field, "must be a whole number" + (range.map { " from \($0.lowerBound) to \($0.upperBound)" } ?? ""))
        return nil
    }

    mutating func time(_ field: String) -> Timestamp? {
        if case .string(let text)? = members[field], let time = Timestamp(rfc3339: text) { return time }
        fail(field, Timestamp.problem)
        return nil
    }

    // MARK: - Fields that may be left out, or be null

    mutating func integer(_ field: String, else standard: Int) -> Int? {
        isLeftOut(field) ? standard : integer(field)
    }

    /// - Parameter standard: nil if it follows from another field, which is wrong.
    mutating func time(_ field: String, else standard: Timestamp?) -> Timestamp? {
        isLeftOut(field) ? standard : time(field)
    }

    /// One of some values by its name.
    mutating func choice<Value>(
        _ field: String, among values: [Value], by name: (Value) -> String, else standard: Value
    ) -> Value? {
        if isLeftOut(field) { return standard }
        if case .string(let text)? = members[field], let value = values.first(where: { name($0) == text }) {
            return value
        }
        fail(field, "must be one of \(values.map(name).joined(separator: ", "))")
        return nil
    }

    private func isLeftOut(_ field: String) -> Bool { members[field] == nil || members[field] == .null }
}
