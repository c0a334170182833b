// Requests for /debug/pprof/ and their answers, independent of any server.

/// A request for a page under /debug/pprof/.
public struct ProfileQuery: Sendable {
    /// The last part of the path; empty for the index, or `pprof` where no slash follows it.
    public let name: String
    /// The raw query, without the question mark.
    public let query: String
    /// The body of a POST; nil for a GET.
    public let posted: [UInt8]?

    public init(name: String, query: String, posted: [UInt8]? = nil) {
        self.name = name
        self.query = query
        self.posted = posted
    }

    /// The value of a parameter; nil if it is absent.
    func parameter(_ name: String) -> Substring? {
        for part in query.split(separator: "&") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair[0] == name { return pair.count == 2 ? pair[1] : "" }
        }
        return nil
    }

    /// A whole number in a range; the default if the parameter is absent, nil if it is anything else.
    func integer(_ name: String, in range: ClosedRange<Int>, default standard: Int) -> Int? {
        guard let text = parameter(name) else { return standard }
        guard let number = Int(text), range.contains(number) else { return nil }
        return number
    }
}

/// An answer to a ``ProfileQuery``.
public struct ProfileAnswer: Sendable {
    public let status: Int
    public let contentType: String
    /// The file name for a browser; nil if the browser shows the body.
    public let fileName: String?
    public let body: [UInt8]

    static func text(_ text: String, status: Int = 200) -> ProfileAnswer {
        ProfileAnswer(status: status, contentType: "text/plain; charset=utf-8", fileName: nil, body: Array(text.utf8))
    }

    static func profile(_ bytes: [UInt8], name: String) -> ProfileAnswer {
        ProfileAnswer(status: 200, contentType: "application/octet-stream", fileName: "\(name).pb.gz", body: bytes)
    }
}
