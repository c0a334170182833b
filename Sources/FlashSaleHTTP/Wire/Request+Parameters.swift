// Reads the parameters of a request from every place where a client may put them.

internal import FlashSale

extension Request {
    /// Reads parameters from the query and from the JSON body, if there is one.
    func parameters(_ accepted: [Parameter], _ limits: HTTPLimits) -> Parsed<Parameters> {
        switch json(depth: limits.jsonDepth) {
        case .refused(let problem): .refused(problem)
        case .value(let body): .value(Parameters(query: query, body: body, accepting: accepted))
        }
    }

    /// Whether the query has a flag, with or without a value.
    func hasFlag(_ name: String) -> Bool {
        query.utf8.split(separator: 0x26).contains { $0.prefix { $0 != 0x3D }.elementsEqual(name.utf8) }
    }
}

/// An identifier that is a segment of a path.
func pathIdentifier(_ segment: Substring, named field: String) -> Parsed<String> {
    do throws(TextFailure) {
        let text = try percentDecoded(segment.utf8, limit: Limits.identifierLength)
        guard isWellFormedIdentifier(text) else {
            return .refused(.validation([(field, "must be 1 to 64 of A-Z a-z 0-9 . _ : @ -")]))
        }
        return .value(text)
    } catch {
        return .refused(.validation([(field, error.why)]))
    }
}

/// The sale that a path names; nil if no sale can have that name.
func saleID(_ segment: Substring) -> Parsed<SaleID?> {
    switch pathIdentifier(segment, named: "id") {
    case .refused(let problem): .refused(problem)
    case .value(let text): .value(SaleID(text))
    }
}
