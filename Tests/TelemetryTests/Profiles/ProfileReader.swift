// Reads a profile.proto as the original tools do, with code that shares nothing with the writer.

/// A profile with its ids followed and its texts filled in.
struct ReadProfile {
    struct Sample {
        /// Names of functions, innermost first.
        let functions: [String]
        let values: [Int64]
        let labels: [String: String]
    }

    var types: [String] = []
    var samples: [Sample] = []
    var mappingIDs: [UInt64] = []
    var locationIDs: [UInt64] = []
    var functionIDs: [UInt64] = []
    var texts: [String] = []
    var periodType = ""
    var period: UInt64 = 0
    var durationNanoseconds: UInt64 = 0

    init(gzipped bytes: [UInt8]) throws {
        try self.init(gunzip(bytes))
    }

    init(_ bytes: [UInt8]) throws {
        let fields = try readMessage(bytes[...])
        texts = fields.filter { $0.number == 6 }.map { String(decoding: $0.bytes, as: UTF8.self) }
        let texts = texts
        func valueType(_ bytes: ArraySlice<UInt8>) throws -> String {
            let message = try readMessage(bytes)
            return [1, 2].map { texts[Int(message.number($0))] }.joined(separator: "/")
        }
        var functionNames: [UInt64: String] = [:]
        var functionOfLocation: [UInt64: UInt64] = [:]
        for field in fields {
            switch field.number {
            case 1: types.append(try valueType(field.bytes))
            case 3: mappingIDs.append(try readMessage(field.bytes).number(1))
            case 4:
                let location = try readMessage(field.bytes)
                locationIDs.append(location.number(1))
                let line = try location.first { $0.number == 4 }.map { try readMessage($0.bytes) }
                functionOfLocation[location.number(1)] = line?.number(1)
            case 5:
                let function = try readMessage(field.bytes)
                functionIDs.append(function.number(1))
                functionNames[function.number(1)] = texts[Int(function.number(2))]
            case 10: durationNanoseconds = field.value
            case 11: periodType = try valueType(field.bytes)
            case 12: period = field.value
            default: break
            }
        }
        for field in fields where field.number == 2 {
            let sample = try readMessage(field.bytes)
            let labels = try sample.filter { $0.number == 3 }.map { try readMessage($0.bytes) }
            samples.append(
                Sample(
                    functions: try sample.packed(1).map { functionNames[functionOfLocation[$0] ?? 0] ?? "" },
                    values: try sample.packed(2).map { Int64(bitPattern: $0) },
                    labels: Dictionary(
                        labels.map { (texts[Int($0.number(1))], texts[Int($0.number(2))]) }, uniquingKeysWith: { $1 })))
        }
    }

    /// How much of a value belongs to stacks with a function of that name in them, from 0 to 1.
    func share(of name: String, value: Int) -> Double {
        let whole = samples.reduce(0) { $0 + $1.values[value] }
        let part = samples.filter { $0.functions.contains { $0.contains(name) } }.reduce(0) { $0 + $1.values[value] }
        return whole == 0 ? 0 : Double(part) / Double(whole)
    }
}

/// A field of a message as it came over the wire.
struct WireField {
    let number: Int
    var value: UInt64 = 0
    var bytes: ArraySlice<UInt8> = []
}

struct MalformedMessage: Error {}

func readMessage(_ bytes: ArraySlice<UInt8>) throws -> [WireField] {
    var rest = bytes
    var fields: [WireField] = []
    while !rest.isEmpty {
        let tag = try readVarint(&rest)
        var field = WireField(number: Int(tag >> 3))
        switch tag & 7 {
        case 0: field.value = try readVarint(&rest)
        case 1:
            guard rest.count >= 8 else { throw MalformedMessage() }
            field.value = rest.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
            rest = rest.dropFirst(8)
        case 2:
            let count = try readVarint(&rest)
            guard count <= rest.count else { throw MalformedMessage() }
            field.bytes = rest.prefix(Int(count))
            rest = rest.dropFirst(Int(count))
        default: throw MalformedMessage()
        }
        fields.append(field)
    }
    return fields
}

private func readVarint(_ bytes: inout ArraySlice<UInt8>) throws -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: 0, to: 64, by: 7) {
        guard let byte = bytes.popFirst() else { throw MalformedMessage() }
        value |= UInt64(byte & 0x7F) << UInt64(shift)
        if byte < 0x80 { return value }
    }
    throw MalformedMessage()
}

extension [WireField] {
    func number(_ field: Int) -> UInt64 { first { $0.number == field }?.value ?? 0 }

    func packed(_ field: Int) throws -> [UInt64] {
        var rest = first { $0.number == field }?.bytes ?? []
        var values: [UInt64] = []
        while !rest.isEmpty { values.append(try readVarint(&rest)) }
        return values
    }
}
