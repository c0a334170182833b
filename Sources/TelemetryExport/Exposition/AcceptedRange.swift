// One member of `Accept` or `Accept-Encoding`.

internal import Textbook

/// A type or coding that a client accepts, and its quality.
struct AcceptedRange: Equatable {
    /// A type, a coding or a wildcard, in lower case.
    let name: String
    let parameters: [String: String]
    /// From 0, which is a refusal, to 1.
    let quality: Double

    /// The members of a field. Malformed ones are skipped.
    static func all(in field: String) -> [AcceptedRange] {
        field.split(separator: ",").compactMap(AcceptedRange.init)
    }

    private init?(_ member: Substring) {
        let parts = member.split(separator: ";", omittingEmptySubsequences: false).map {
            $0.trimmingBlanks().lowercased()
        }
        guard let name = parts.first, !name.isEmpty else { return nil }
        var parameters: [String: String] = [:]
        for part in parts.dropFirst() {
            let sides = part.split(separator: "=", maxSplits: 1).map { String($0.trimmingBlanks()) }
            if sides.count == 2 { parameters[sides[0]] = sides[1].filter { $0 != "\"" } }
        }
        let quality = parameters["q"].map { Double($0) ?? -1 } ?? 1
        guard (0...1).contains(quality) else { return nil }
        self.name = name
        self.parameters = parameters
        self.quality = quality
    }

}

/// Whether a client takes gzip, by its `Accept-Encoding`. A client without that field gets plain bytes.
func acceptsGzip(_ acceptEncoding: String?) -> Bool {
    let ranges = AcceptedRange.all(in: acceptEncoding ?? "")
    let range = ranges.first { $0.name == "gzip" || $0.name == "x-gzip" } ?? ranges.first { $0.name == "*" }
    return (range?.quality ?? 0) > 0
}
