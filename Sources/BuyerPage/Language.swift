// The languages of the page, and which of them a browser wants.

/// A language that the page speaks.
public enum Language: String, CaseIterable, Sendable {
    case english = "en"
    case german = "de"

    /// The best of an `Accept-Language` field (RFC 9110, section 12.5.4); English if it wants none of them.
    public init(accepting field: some StringProtocol) {
        var best: (language: Language, weight: Double) = (.english, 0)
        for range in field.split(separator: ",") {
            let parts = range.split(separator: ";").map { $0.drop { $0 == " " } }
            guard let tag = parts.first?.prefix(while: { $0 != "-" && $0 != " " }).lowercased() else { continue }
            let language = tag == "*" ? .english : Language(rawValue: tag)
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
            if let language, weight > best.weight { best = (language, weight) }
        }
        self = best.language
    }
}
