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

    @Test("A token has letters, digits and a few signs")
    func token() {
        let bytes = (0...UInt8.max).filter(\.isTokenByte)
        let token = "!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~"
        #expect(String(decoding: bytes, as: UTF8.self) == token)
    }
}
