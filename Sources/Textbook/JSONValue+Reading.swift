// A strict JSON reader: RFC 8259 and no more. It refuses ambiguity (a key given twice, a lone surrogate) and what is
// too deep. Callers bound the length.

extension JSONValue {
    /// Reads one value and nothing after it.
    ///
    /// - Parameter depth: how deep arrays and objects may nest.
    public init(parsing bytes: some Collection<UInt8>, depth: Int) throws(JSONFailure) {
        var reader = JSONReader(bytes: Array(bytes))
        self = try reader.document(depth: depth)
    }

    /// Reads the value of a file, which may begin with the mark that some editors put before UTF-8 (RFC 8259, section
    /// 8.1).
    public init(ofFile bytes: some Collection<UInt8>, depth: Int) throws(JSONFailure) {
        let mark = JSONReader.markOfUTF8
        if bytes.starts(with: mark) {
            try self.init(parsing: bytes.dropFirst(mark.count), depth: depth)
        } else {
            try self.init(parsing: bytes, depth: depth)
        }
    }
}

/// Why bytes are not the JSON that is read here, as the end of a sentence that starts with "the body" or the like.
public struct JSONFailure: Error, Equatable {
    public let why: String
}

private struct JSONReader {
    let bytes: [UInt8]
    var position = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    static let markOfUTF8: [UInt8] = [0xEF, 0xBB, 0xBF]

    mutating func document(depth: Int) throws(JSONFailure) -> JSONValue {
        let value = try value(depth: depth)
        skipSpace()
        guard position == bytes.count else { throw JSONFailure(why: "has more than one JSON value") }
        return value
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
    }

    private func unexpected() -> JSONFailure {
        if position == 0 {
            if bytes.starts(with: Self.markOfUTF8) { return JSONFailure(why: "begins with a byte order mark") }
            if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
                return JSONFailure(why: "is UTF-16, and must be UTF-8")
            }
        }
        return JSONFailure(why: next == nil ? "is not JSON: it ends too early" : "is not JSON at byte \(position)")
    }

    private mutating func expect(_ byte: UInt8) throws(JSONFailure) {
        guard next == byte else { throw unexpected() }
        position += 1
    }

    private mutating func value(depth: Int) throws(JSONFailure) -> JSONValue {
        skipSpace()
        switch next {
        case 0x7B: return try object(depth: depth)
        case 0x5B: return try array(depth: depth)
        case 0x22: return .string(try string())
        case 0x74: return try word("true", .bool(true))
        case 0x66: return try word("false", .bool(false))
        case 0x6E: return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONFailure) -> JSONValue {
        for index in 0..<word.utf8CodeUnitCount {
            try expect(word.utf8Start[index])
        }
        return value
    }

    private mutating func object(depth: Int) throws(JSONFailure) -> JSONValue {
        guard depth > 0 else { throw JSONFailure(why: "is nested too deep") }
        position += 1
        var members: [String: JSONValue] = [:]
        skipSpace()
        if next == 0x7D {
            position += 1
            return .object(members)
        }
        while true {
            skipSpace()
            let key = try string()
            guard members[key] == nil else { throw JSONFailure(why: "has a key twice") }
            skipSpace()
            try expect(0x3A)
            members[key] = try value(depth: depth - 1)
            skipSpace()
            if next == 0x7D { break }
            try expect(0x2C)
        }
        position += 1
        return .object(members)
    }

    private mutating func array(depth: Int) throws(JSONFailure) -> JSONValue {
        guard depth > 0 else { throw JSONFailure(why: "is nested too deep") }
        position += 1
        var elements: [JSONValue] = []
        skipSpace()
        if next == 0x5D {
            position += 1
            return .array([])
        }
        while true {
            elements.append(try value(depth: depth - 1))
            skipSpace()
            if next == 0x5D { break }
            try expect(0x2C)
        }
        position += 1
        return .array(elements)
    }

    private mutating func string() throws(JSONFailure) -> String {
        try expect(0x22)
        var text: [UInt8] = []
        while let byte = next, byte != 0x22 {
            guard byte >= 0x20 else { throw JSONFailure(why: "has a control character in a string") }
            position += 1
            if byte == 0x5C {
                try escape(into: &text)
            } else {
                text.append(byte)
            }
        }
        try expect(0x22)
        guard let string = String(validating: text, as: UTF8.self) else { throw JSONFailure(why: "is not UTF-8") }
        return string
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSONFailure) {
        guard let byte = next else { throw unexpected() }
        position += 1
        switch byte {
        case 0x22, 0x5C, 0x2F: text.append(byte)
        case 0x62: text.append(0x08)
        case 0x66: text.append(0x0C)
        case 0x6E: text.append(0x0A)
        case 0x72: text.append(0x0D)
        case 0x74: text.append(0x09)
        case 0x75:
            var code = try hexadecimal()
            if (0xD800..<0xDC00).contains(code), next == 0x5C {
                position += 1
                try expect(0x75)
                let low = try hexadecimal()
                guard (0xDC00..<0xE000).contains(low) else { throw JSONFailure(why: "has a lone surrogate") }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw JSONFailure(why: "has a lone surrogate") }
            text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        default:
            position -= 1
            throw unexpected()
        }
    }

    private mutating func hexadecimal() throws(JSONFailure) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = byte.hexadecimalDigit else { throw unexpected() }
            code = code << 4 | UInt32(digit)
            position += 1
        }
        return code
    }

    private mutating func number() throws(JSONFailure) -> JSONValue {
        let start = position
        if next == 0x2D { position += 1 }
        if next == 0x30 {
            position += 1
        } else {
            try digits()
        }
        var isInteger = true
        if next == 0x2E {
            isInteger = false
            position += 1
            try digits()
        }
        if next == 0x65 || next == 0x45 {
            isInteger = false
            position += 1
            if next == 0x2B || next == 0x2D { position += 1 }
            try digits()
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isInteger, let integer = Int(text) { return .integer(integer) }
        guard let number = Double(text), number.isFinite else { throw JSONFailure(why: "has a number out of range") }
        // JSON Schema calls 3.0 and 3e2 integers. Past 2^53 a Double no longer tells one from the next.
        if number.magnitude <= 0x1p53, number == number.rounded() { return .integer(Int(number)) }
        return .number(number)
    }

    private mutating func digits() throws(JSONFailure) {
        let start = position
        while let byte = next, (0x30...0x39).contains(byte) { position += 1 }
        guard position > start else { throw unexpected() }
    }
}
