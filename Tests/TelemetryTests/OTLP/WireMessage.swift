// A message of Protocol Buffers for tests: its fields by number.

@testable import TelemetryExport

struct WireMessage {
    private let fields: [(number: Int, value: ProtobufReader.Value)]

    init(_ bytes: [UInt8]) throws {
        guard let fields = ProtobufReader.fields(of: bytes) else { throw CollectedSpan.Malformed() }
        self.fields = fields
    }

    var numbers: [Int] { fields.map(\.number) }

    func messages(_ number: Int) throws -> [WireMessage] { try bytes(number).map(WireMessage.init) }

    /// The messages at the end of a path of fields.
    func messages(_ path: Int...) throws -> [WireMessage] {
        try path.reduce([self]) { messages, number in try messages.flatMap { try $0.messages(number) } }
    }

    func bytes(_ number: Int) -> [[UInt8]] {
        fields.compactMap { if case (number, .bytes(let bytes)) = $0 { bytes } else { nil } }
    }

    func text(_ number: Int) -> String? { bytes(number).first.map { String(decoding: $0, as: UTF8.self) } }

    func integer(_ number: Int) -> UInt64? {
        fields.lazy.compactMap { if case (number, .integer(let value)) = $0 { value } else { nil } }.first
    }

    /// A number of 64 bits.
    func bits(_ number: Int) -> UInt64? {
        fields.lazy.compactMap { if case (number, .fixed64(let value)) = $0 { value } else { nil } }.first
    }

    func bits32(_ number: Int) -> UInt32? {
        fields.lazy.compactMap { if case (number, .fixed32(let value)) = $0 { value } else { nil } }.first
    }

    func double(_ number: Int) -> Double? { bits(number).map { Double(bitPattern: $0) } }

    /// A packed list of numbers of 64 bits.
    func packed(_ number: Int) -> [UInt64] {
        let bytes = bytes(number).first ?? []
        return stride(from: 0, to: bytes.count, by: 8).map { start in
            bytes[start..<start + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
    }

    /// The `KeyValue`s under a number, as texts.
    func attributes(_ number: Int) throws -> [String: String] {
        let pairs = try messages(number).map { ($0.text(1) ?? "", try $0.messages(2).first?.anyText() ?? "nothing") }
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    /// An `AnyValue` of any kind as text.
    func anyText() throws -> String {
        guard fields.count == 1 else { throw CollectedSpan.Malformed() }
        switch fields[0] {
        case (1, .bytes(let text)): return String(decoding: text, as: UTF8.self)
        case (2, .integer(let flag)): return flag == 0 ? "false" : "true"
        case (3, .integer(let number)): return String(Int64(bitPattern: number))
        case (4, .fixed64(let bits)): return Double(bitPattern: bits).description
        case (5, .bytes(let list)): return "\(try WireMessage(list).messages(1).map { try $0.anyText() })"
        case (6, .bytes(let list)):
            return "\(try WireMessage(list).attributes(1).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })"
        default: throw CollectedSpan.Malformed()
        }
    }
}
