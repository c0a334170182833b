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
    var formBody: ByteBuffer? { mediaType == "application/x-www-form-urlencoded" ? body : nil }
}
