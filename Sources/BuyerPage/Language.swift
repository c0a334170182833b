// The languages of the page, and which of them a browser wants.

/// A language that the page speaks.
public enum Language: String, CaseIterable, Sendable {
    case english = "en"
    case german = "de"

    /// The best of an `Accept-Language` field (RFC 9110, section 12.5.4); English if it wants none of them.
    public init(accepting field: some StringProtocol) {
        var best: (language: Language, weight: Double) = (.english, 0)
        // By bytes: every view of the page asks.
        for range in Array(field.utf8).split(separator: 0x2C) {
            let range = range.drop { $0 == 0x20 }
            let tag = range.prefix { $0 != 0x2D && $0 != 0x20 && $0 != 0x3B }
            guard let language = Self.allCases.first(where: { $0.isNamed(tag) }) ?? (tag == [0x2A] ? .english : nil)
            else { continue }
            let weight = range.dropFirst(tag.count).split(separator: 0x3B).map { $0.drop { $0 == 0x20 } }
                .first { $0.starts(with: "q=".utf8) }
                .map { Double(String(decoding: $0.dropFirst(2), as: UTF8.self)) ?? 0 }
            if weight ?? 1 > best.weight { best = (language, weight ?? 1) }
        }
        self = best.language
    }

    /// Whether a tag in any case is its name.
    private func isNamed(_ tag: ArraySlice<UInt8>) -> Bool {
        tag.elementsEqual(rawValue.utf8) { $0 | 0x20 == $1 }
    }
}
