// Whether a request comes from a page of this service. A browser sends a buyer's cookies with requests that pages of
// others make, so a cookie alone proves nothing.

internal import NIOCore
internal import NIOHTTP1

extension Request {
    /// Whether it changes nothing.
    var isHarmless: Bool { method == .GET || method == .HEAD }

    /// Whether its browser says that a page of this service made it, or its user: by `Sec-Fetch-Site`, else by an
    /// `Origin` with this service's host. What says neither is no browser of today.
    var isOfThisSite: Bool {
        let sites = values(of: "sec-fetch-site")
        guard sites.isEmpty else { return sites == ["same-origin"] || sites == ["none"] }
        let (origins, hosts) = (values(of: "origin"), values(of: "host"))
        guard origins.count == 1, hosts.count == 1, let scheme = origins[0].utf8.firstIndex(of: 0x3A) else {
            return false
        }
        return origins[0][scheme...].dropFirst(3).lowercased() == hosts[0].lowercased()
            && origins[0][scheme...].hasPrefix("://")
    }

    /// The body of a form as a browser sends it; nil if it is none.
    var formBody: ByteBuffer? {
        let types = values(of: "content-type")
        guard let body, types.count == 1,
            types[0].prefix(while: { $0 != ";" && $0 != " " }).lowercased() == "application/x-www-form-urlencoded"
        else { return nil }
        return body
    }

    /// The value of a cookie; the first, if there are more.
    func cookie(_ name: String) -> Substring? { cookies { $0 == name }.first?.value }

    /// The cookies whose names are wanted (RFC 6265, section 5.4).
    func cookies(_ isWanted: (Substring) -> Bool) -> [(name: Substring, value: Substring)] {
        values(of: "cookie").flatMap { field in
            field.split(separator: ";").compactMap { pair in
                let pair = pair.drop { $0 == " " }
                guard let end = pair.utf8.firstIndex(of: 0x3D), isWanted(pair[..<end]) else { return nil }
                return (pair[..<end], pair[pair.utf8.index(after: end)...])
            }
        }
    }
}
