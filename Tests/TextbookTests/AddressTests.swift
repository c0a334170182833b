// Hosts and ports, and addresses of HTTP, as every reader of them takes and refuses them.

import Testing
import Textbook

@Suite("Addresses")
struct AddressTests {
    /// What each reader of the service takes for a host and a port, without a port of its own.
    static let hosts: [(String, String, Int)] = [
        ("shop.example", "shop.example", 7), ("Shop-1_a.example.:80", "Shop-1_a.example.", 80), ("a:1", "a", 1),
        ("10.0.0.7:65535", "10.0.0.7", 65_535), ("xn--lden-loa.example", "xn--lden-loa.example", 7),
        ("[::1]", "::1", 7), ("[fd00::7]:9464", "fd00::7", 9_464), ("[::ffff:10.0.0.7]:1", "::ffff:10.0.0.7", 1),
        ("[FE80::1%eth0.1]:80", "FE80::1%eth0.1", 80), ("a:00080", "a", 80),
    ]

    static let others = [
        "", ":80", "a:", "a:0", "a:65536", "a:+1", "a:-1", "a:x", "a:80 ", " a", "a b", "a\n", "a:80:80", "a,b", "a/b",
        "u@a", "u:p@a", "läden.example", "a%20b", "*", "fd00::7", "::1", "[::1", "::1]", "[]", "[]:80", "[a]", "[::1]x",
        "[::1]:", "[10.0.0.7]", "[::1%]", "[::1%a b]", "a:000080", "a?b", "a#b", "a:８０",
    ]

    @Test("A host is a name or an address, and a port is from 1 to 65535", arguments: hosts)
    func hostAndPort(text: String, host: String, port: Int) throws {
        let read = try #require(HostPort(text[...], defaultPort: 7))
        #expect(read == HostPort(host: host, port: port))
        #expect(HostPort("\(read)"[...], defaultPort: 1) == read)
    }

    @Test("Nothing else is a host with a port", arguments: others)
    func noHost(text: String) {
        #expect(HostPort(text[...], defaultPort: 7) == nil)
    }

    @Test("An address of HTTP has any such host, and any such rest", arguments: hosts)
    func address(text: String, host: String, port: Int) throws {
        for rest in ["", "/", "/a/b?c=d#e", "?c=//d:1", "#/a?"] {
            let secure = try #require(HTTPAddress("HTTPS://\(text)\(rest)"))
            let plain = try #require(HTTPAddress("http://\(text)\(rest)"))
            #expect(secure.isSecure && !plain.isSecure)
            #expect(secure.server == HostPort(host: host, port: port == 7 ? 443 : port))
            #expect(plain.server == HostPort(host: host, port: port == 7 ? 80 : port))
            #expect(plain.rest == rest && plain.path == (rest == "/a/b?c=d#e" ? "/a/b" : rest == "/" ? "/" : ""))
        }
    }

    @Test("No other host has an address of HTTP", arguments: others.filter { !$0.contains { "/?#".contains($0) } })
    func noAddress(text: String) {
        #expect(HTTPAddress("http://\(text)") == nil)
    }

    @Test(
        "An address of another scheme or form is none",
        arguments: [
            "a", "a:80", "://a", "ftp://a", "http:a", "http:/a", "http//a", "http:///a", " http://a", "http://a/ ",
            "http://a/\u{E4}", "http://a/\r\nX: y",
        ])
    func noAddressOfHTTP(text: String) {
        #expect(HTTPAddress(text) == nil)
    }

    @Test(
        "A wait is a number of seconds or a date",
        arguments: [
            ("7", 7), ("0", 0), ("999999999", 999_999_999), ("Thu, 01 Jan 1970 00:01:40 GMT", 90),
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("-5", nil), ("+5", nil), ("1.5", nil), ("soon", nil), ("", nil),
            ("9999999999", nil),
        ] as [(String, Int64?)])
    func retryAfter(field: String, seconds: Int64?) {
        #expect(RetryAfter.seconds(field, now: 10) == seconds)
    }
}
