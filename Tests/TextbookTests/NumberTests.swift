// The generator and the hash against the numbers of their authors, digits and escapes by example.

import Testing
import Textbook

@Suite("Numbers")
struct NumberTests {
    @Test("SplitMix64 gives the numbers of its reference implementation")
    func splitMix64() {
        var random = SplitMix64(seed: 1_234_567)
        let numbers = (0..<5).map { _ in random.next() }
        #expect(
            numbers == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
                4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
            ])
        #expect(SplitMix64.mix(1_234_567 &+ SplitMix64.step) == numbers[0])
    }

    @Test(
        "FNV-1a gives the hashes of its draft",
        arguments: [("", 0xCBF2_9CE4_8422_2325), ("a", 0xAF63_DC4C_8601_EC8C), ("foobar", 0x8594_4171_F739_67E8)]
            as [(String, UInt64)])
    func fnv1a(text: String, hash: UInt64) {
        #expect(FNV1a(text.utf8).value == hash)
    }

    @Test(
        "Amounts have the decimals of their currency",
        arguments: [
            (123_450, "EUR", 1_234, "50"), (5, "???", 0, "05"), (1_200, "JPY", 1_200, ""), (-1_050, "KWD", 1, "050"),
            (.min, "CLF", 922_337_203_685_477, "5808"),
        ] as [(Int64, String, UInt64, String)])
    func currency(minorUnits: Int64, code: String, whole: UInt64, fraction: String) {
        #expect(Currency.parts(of: minorUnits, in: code) == (whole, fraction[...]))
    }

    @Test(
        "Numbers are written in decimal",
        arguments: [(0, "0"), (7, "7"), (-10, "-10"), (.max, "9223372036854775807"), (.min, "-9223372036854775808")]
            as [(Int, String)])
    func decimal(number: Int, text: String) {
        var bytes: [UInt8] = []
        bytes.append(decimal: number)
        #expect(String(decoding: bytes, as: UTF8.self) == text)
    }

    @Test("A number of a given width has leading zeros, and its last digits alone")
    func width() {
        var bytes: [UInt8] = []
        bytes.append(decimal: 42, width: 4)
        bytes.append(decimal: 12_345, width: 3)
        #expect(String(decoding: bytes, as: UTF8.self) == "0042345")
    }

    @Test(
        "Percent escapes are decoded",
        arguments: [
            ("a%20b", "a b"), ("a+b", "a+b"), ("%C3%a4", "ä"), ("", ""), ("%", nil), ("%2", nil), ("%+f", nil),
            ("%2g", nil),
        ] as [(String, String?)])
    func percent(text: String, decoded: String?) {
        #expect([UInt8](percentDecoding: text.utf8) == decoded.map { Array($0.utf8) })
    }

    @Test("Base64 is the one of RFC 4648, section 10", arguments: ["", "f", "fo", "foo", "foob", "fooba", "foobar"])
    func base64(text: String) {
        let expected = ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"][text.count]
        #expect(Base64.encode(Array(text.utf8)) == expected)
        #expect(Base64.decode(expected) == Array(text.utf8))
        #expect(Base64.decode(expected + "=") == nil)
    }
}
