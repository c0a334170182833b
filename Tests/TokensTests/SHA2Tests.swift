// SHA-256 by the examples of FIPS 180-4.

import Testing
import Tokens

@Suite("SHA-256")
struct SHA2Tests {
    @Test(
        "A short name is the start of the digest",
        arguments: [
            ("", "e3b0c442"), ("abc", "ba7816bf"), ("cart 8", "0739c889"),
            ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "248d6a61"),
        ])
    func shortName(text: String, name: String) {
        #expect(SHA2.shortName(of: text) == name)
    }
}
