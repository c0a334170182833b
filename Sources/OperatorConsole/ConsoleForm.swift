// What an operator has filled in: the fields of a form as a browser sends them, and what is wrong with them.

public import FlashSale
internal import Textbook

/// The fields of a form, from a query or a body.
public struct ConsoleForm: Sendable {
    /// The longest value, in bytes: a token may be 8 KiB.
    private static let valueLength = 8_192
    private static let fieldsMax = 32

    /// The values without white space around them; those that were left empty are absent.
    private let values: [String: String]
    /// What is wrong, by the name of the field.
    public private(set) var errors: [String: String] = [:]

    /// Reads `application/x-www-form-urlencoded`. Nil if it is none, or names a field twice.
    public init?(urlEncoded bytes: some Collection<UInt8>) {
        let pairs = bytes.split(separator: UInt8(ascii: "&"))
        guard pairs.count <= Self.fieldsMax else { return nil }
        var values: [String: String] = [:]
        for pair in pairs {
            let name = pair.prefix { $0 != UInt8(ascii: "=") }
            guard let key = Self.text(name), let value = Self.text(pair.dropFirst(name.count + 1)),
                value.utf8.count <= Self.valueLength, values.updateValue(value, forKey: key) == nil
            else { return nil }
        }
        self.values = values.compactMapValues { value in
            let text = value.drop(while: \.isWhitespace)
            guard let last = text.lastIndex(where: { !$0.isWhitespace }) else { return nil }
            return String(text[...last])
        }
    }

    private init() { values = [:] }

    public static let empty = ConsoleForm()

    private static func text(_ bytes: some Collection<UInt8>) -> String? {
        let spaced = bytes.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }
        return [UInt8](percentDecoding: spaced).flatMap { String(validating: $0, as: UTF8.self) }
    }

    public subscript(name: String) -> String? { values[name] }

    public mutating func fail(_ name: String, _ why: String) {
        if errors[name] == nil { errors[name] = why }
    }

    // MARK: - Kinds of values

    /// A time in UTC: as RFC 3339, or as a browser's field has it, `2026-11-29T18:00`.
    public mutating func time(_ name: String) -> Timestamp? {
        guard let text = values[name] else { return missing(name) }
        let zoned = [16: text + ":00Z", 19: text + "Z"][text.count] ?? text
        if let time = Timestamp(rfc3339: zoned) { return time }
        fail(name, "must be a time like 2026-11-29T18:00, in UTC")
        return nil
    }

    public mutating func integer(_ name: String) -> Int? {
        guard let text = values[name] else { return missing(name) }
        if let number = Int(text) { return number }
        fail(name, "must be a whole number")
        return nil
    }

    public mutating func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let number = integer(name) else { return nil }
        if range.contains(number) { return number }
        fail(name, "must be from \(range.lowerBound) to \(range.upperBound)")
        return nil
    }

    /// The code of an order of a sale.
    public mutating func code(of sale: SaleID) -> CheckoutCode? {
        guard let text = values["code"] else { return missing("code") }
        if let code = CheckoutCode(text), code.sale == sale { return code }
        fail("code", "must be the code of an order of this sale, such as CHK-\(sale)-…")
        return nil
    }

    /// Numbers of items between commas; none if there is nothing.
    public mutating func itemNumbers(_ name: String) -> Set<Int32> {
        let words = (values[name] ?? "").split { $0 == "," || $0.isWhitespace }
        let numbers = words.compactMap { Int32($0) }.filter { $0 > 0 }
        if numbers.count != words.count { fail(name, "must be numbers of items, such as 3, 12") }
        return Set(numbers)
    }

    /// The sentence for the sale's log.
    public mutating func reason() -> String? {
        guard let text = values["reason"] else { return missing("reason") }
        if SaleChange.isReason(text) { return text }
        fail("reason", SaleChange.reasonProblem)
        return nil
    }

    /// The version that the form was made for. A form without one is not of the console's making.
    public var version: Int32? { values["version"].flatMap { Int32($0) } }

    public var key: IdempotencyKey? { values["key"].flatMap { IdempotencyKey($0) } }

    /// Whether the operator has typed the number of the sale.
    public mutating func names(_ sale: SaleID) -> Bool {
        if values["sale"] == sale.description { return true }
        fail("sale", "must be \(sale), the number of this sale")
        return false
    }

    private mutating func missing<Value>(_ name: String) -> Value? {
        fail(name, "is required")
        return nil
    }
}
