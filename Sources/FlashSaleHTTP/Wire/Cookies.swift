// The cookies of a request (RFC 6265, section 5.4), taken apart once for all that look for one.

internal import NIOCore

struct Cookies {
    /// Each as it was sent: `name=value`.
    private let pairs: [ArraySlice<UInt8>]

    init(of request: Request) {
        pairs = request.values(of: "cookie").flatMap { field in
            Array(field.utf8).split(separator: 0x3B).map { pair in pair.drop { $0 == 0x20 } }
        }
    }

    /// The value of a cookie; the first, if there are more.
    subscript(name: String) -> String? { all("\(name)=").first.map { String(decoding: $0, as: UTF8.self) } }

    /// What follows a beginning in each cookie that has it.
    func all(_ beginning: String) -> [ArraySlice<UInt8>] {
        let beginning = Array(beginning.utf8)
        return pairs.compactMap { $0.starts(with: beginning) ? $0.dropFirst(beginning.count) : nil }
    }
}

extension Request {
    var cookies: Cookies { Cookies(of: self) }
}
