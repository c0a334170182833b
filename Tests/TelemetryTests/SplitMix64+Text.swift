// Random text for the fuzz tests.

import Textbook

extension SplitMix64 {
    /// Random bytes as text; bytes that are not UTF-8 become the replacement character.
    mutating func text() -> String {
        let count = Int.random(in: 0..<40, using: &self)
        let bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &self) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
