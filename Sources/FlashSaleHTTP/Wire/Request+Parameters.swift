// Reads the parameters of a request from every place where a client may put them.

internal import FlashSale
internal import Telemetry

extension Request {
    /// Reads parameters from the query and from the JSON body, if there is one.
    func parameters(_ accepted: [Parameter], _ limits: HTTPLimits) throws(Problem) -> Parameters {
        Parameters(query: query, body: try json(depth: limits.jsonDepth), accepting: accepted)
    }

    /// Whether the query has a flag, with or without a value.
    func hasFlag(_ name: String) -> Bool {
        query.utf8.split(separator: 0x26).contains { $0.prefix { $0 != 0x3D }.elementsEqual(name.utf8) }
    }
}

/// An identifier that is a segment of a path.
func pathIdentifier(_ segment: Substring, named field: String) throws(Problem) -> String {
    let plain = String(segment)
    if isWellFormedIdentifier(plain) { return plain }
    let text: String
    do throws(TextFailure) {
        text = try percentDecoded(segment.utf8, limit: Limits.identifierLength)
    } catch {
        throw .validation([(field, error.why)])
    }
    guard isWellFormedIdentifier(text) else {
        throw .validation([(field, "must be 1 to 64 of A-Z a-z 0-9 . _ : @ -")])
    }
    return text
}

/// The sale that a path names, which may be none.
func saleID(_ segment: Substring) throws(Problem) -> SaleID {
    guard let sale = SaleID(try pathIdentifier(segment, named: "id")) else { throw Problem(.saleNotFound) }
    return sale
}

/// The cart whose code a path has, which may be none.
func checkoutCode(_ segment: Substring) throws(Problem) -> CheckoutCode {
    guard let code = CheckoutCode(try pathIdentifier(segment, named: "code")) else {
        throw Problem(.checkoutNotFound)
    }
    return code
}
