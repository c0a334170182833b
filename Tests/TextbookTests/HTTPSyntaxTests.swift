// The smallest parts of header fields.

import Testing
import Textbook

@Suite("Header fields")
struct HTTPSyntaxTests {
    @Test(
        "Blanks and tabs around a text are no part of it, and those within it are",
        arguments: [
            ("a", "a"), (" \ta b\t ", "a b"), ("\u{E9} ", "\u{E9}"), ("\u{A0}a", "\u{A0}a"), (" \t", ""), ("", ""),
        ])
    func blanks(text: String, trimmed: String) {
        #expect(text[...].trimmingBlanks() == trimmed[...])
    }

    @Test(
        "A request names a host, with a port or without",
        arguments: [
            ("a", true), ("shop.example.:80", true), ("10.0.0.7", true), ("[fd00::7]:9464", true), ("[::1]", true),
            ("a_b", true), ("a%20b", true), ("a:", true), ("", false), (":80", false), ("a:b", false),
            ("a:80:80", false), ("a:-1", false), ("a b", false), ("a/b", false), ("u@a", false), ("[::1", false),
            ("::1", false), ("[]", false), ("[::1]x", false), ("a[::1]", false), ("a]", false), ("\u{E9}", false),
        ])
    func hostWithPort(text: String, isOne: Bool) {
        #expect(text[...].isHostWithPort == isOne)
    }

    @Test("A name with the dot of the root is the same name", arguments: [("a.b", "a.b"), ("a.b.", "a.b"), ("", "")])
    func rootDot(text: String, name: String) {
        #expect(text[...].withoutRootDot() == name[...])
    }

    @Test("A token has letters, digits and a few signs")
    func token() {
        let bytes = (0...UInt8.max).filter(\.isTokenByte)
        let token = "!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~"
        #expect(String(decoding: bytes, as: UTF8.self) == token)
    }
}
