// Pages of HTML as answers.

internal import NIOCore
internal import NIOHTTP1

extension Answer {
    /// Nothing of another site is loaded, nothing inline runs, nobody frames the page.
    private static let policy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
        "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ].joined(separator: "; ")

    /// A page that no cache may keep.
    static func html(
        _ bytes: [UInt8], _ status: HTTPResponseStatus = .ok, cookies: [String] = [], policy: String = policy
    ) -> Answer {
        var answer = Answer(
            status,
            fields: [
                ("Content-Type", "text/html; charset=utf-8"), cacheControlNone, ("Content-Security-Policy", policy),
                ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "same-origin"),
                ("Cross-Origin-Opener-Policy", "same-origin"),
            ], body: ByteBuffer(bytes: bytes))
        for cookie in cookies { answer.fields.append(("Set-Cookie", cookie)) }
        return answer
    }

    /// POST–303–GET: the way from a form to a page.
    static func back(to place: String, cookies: [String] = []) -> Answer {
        Answer(.seeOther, fields: [("Location", place), cacheControlNone] + cookies.map { ("Set-Cookie", $0) })
    }

    /// The page that is meant has this address, with the same query.
    static func moved(to address: String, _ request: Request) -> Answer {
        let query = request.query.isEmpty ? "" : "?\(request.query)"
        return Answer(.permanentRedirect, fields: [("Location", address + query), cacheControlNone])
    }
}
