// The JSON body of an operator's request, read field by field: for a new sale, and for a change of one. Routes say what
// the fields mean. A field that no route asks for is a fault: spelt right, it would have changed what is done.

internal import FlashSale
internal import Textbook

/// What an operator asks for. Each fault is noted under its field, and its value is nil.
struct OperatorForm {
    /// The most unknown fields that an answer names.
    private static let unknownMax = 8

    private let members: [String: JSONValue]
    /// The fields that were asked for, whether they are there or not.
    private var known: Set<String> = []
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
    subscript(_ field: String) -> JSONValue? {
        mutating get {
            known.insert(field)
            return members[field]
        }
    }

    /// Notes a fault of a field. The first fault of each field counts.
    mutating func fail(_ field: String, _ why: String) {
        if !errors.contains(where: { $0.field == field }) { errors.append((field, why)) }
    }

    /// Notes the fields that were not asked for. Call it when all have been.
    mutating func failUnknown() {
        let names = known.sorted().joined(separator: ", ")
        for field in members.keys.filter({ !known.contains($0) }).sorted().prefix(Self.unknownMax) {
            fail(field, "is none of \(names)")
        }
    }

    mutating func integer(_ field: String, in range: ClosedRange<Int>? = nil) -> Int? {
        if case .integer(let number)? = self[field], range?.contains(number) ?? true { return number }
        fail(field, "must be a whole number" + (range.map { " from \($0.lowerBound) to \($0.upperBound)" } ?? ""))
        return nil
    }

    mutating func time(_ field: String) -> Timestamp? {
        if case .string(let text)? = self[field], let time = Timestamp(rfc3339: text) { return time }
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
        if case .string(let text)? = self[field], let value = values.first(where: { name($0) == text }) {
            return value
        }
        fail(field, "must be one of \(values.map(name).joined(separator: ", "))")
        return nil
    }

    mutating func isLeftOut(_ field: String) -> Bool { (self[field] ?? .null) == .null }
}
