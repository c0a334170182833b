// How boards become files. Foundation writes them, with sorted keys, so that a board's file is the same every time.

internal import FoundationEssentials
internal import Textbook

extension JSONValue {
    /// The text of a file.
    func file() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self) + Data("\n".utf8)
    }

    /// A number without a fraction is written as an integer.
    static func decimal(_ value: Double) -> JSONValue {
        value == value.rounded() && abs(value) < 1e15 ? .integer(Int(value)) : .number(value)
    }
}
