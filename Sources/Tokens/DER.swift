// The little of DER (X.690) that OpenSSL wants around keys and signatures.

enum DER {
    static let integerTag: UInt8 = 0x02
    static let sequenceTag: UInt8 = 0x30

    static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        let count = content.count
        let length: [UInt8] =
            count < 0x80
            ? [UInt8(count)]
            : count < 0x100 ? [0x81, UInt8(count)] : [0x82, UInt8(count >> 8), UInt8(count & 0xFF)]
        return [tag] + length + content
    }

    /// A number that is not negative, by its bytes from the highest on.
    static func integer(_ bytes: some Collection<UInt8>) -> [UInt8] {
        let digits = Array(bytes.drop { $0 == 0 })
        return element(integerTag, (digits.first ?? 0x80) < 0x80 ? digits : [0] + digits)
    }

    /// The integers of a sequence, without the zeros before them; nil for anything else.
    static func integers(ofSequence bytes: [UInt8]) -> [[UInt8]]? {
        var rest = bytes[...]
        guard let content = take(sequenceTag, &rest), rest.isEmpty else { return nil }
        rest = content
        var integers: [[UInt8]] = []
        while !rest.isEmpty {
            guard let digits = take(integerTag, &rest) else { return nil }
            integers.append(Array(digits.drop { $0 == 0 }))
        }
        return integers
    }

    private static func take(_ tag: UInt8, _ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard rest.popFirst() == tag, var count = rest.popFirst().map(Int.init) else { return nil }
        if count >= 0x80 {
            let digits = rest.prefix(count - 0x80)
            guard digits.count == count - 0x80, digits.count <= 2 else { return nil }
            rest = rest.dropFirst(digits.count)
            count = digits.reduce(0) { $0 << 8 | Int($1) }
        }
        guard rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }
}
