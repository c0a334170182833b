// Base64 with the alphabet of URLs and without padding (RFC 4648, section 5; RFC 7515, appendix C).

package enum Base64URL {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, byte) in alphabet.enumerated() { values[Int(byte)] = UInt8(value) }
        return values
    }()

    package static func encode(_ bytes: [UInt8]) -> String {
        String(unsafeUninitializedCapacity: (bytes.count * 4 + 2) / 3) { text in
            var count = 0
            var (block, bits) = (0, 0)
            for byte in bytes {
                block = (block << 8 | Int(byte)) & 0xFFFF
                bits += 8
                while bits >= 6 {
                    bits -= 6
                    text[count] = alphabet[block >> bits & 63]
                    count += 1
                }
            }
            if bits > 0 {
                text[count] = alphabet[block << (6 - bits) & 63]
                count += 1
            }
            return count
        }
    }

    /// Nil for any other text, one with bits that mean nothing included: of two texts for the same bytes, one is wrong.
    package static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        text.withContiguousStorageIfAvailable(decode) ?? Array(text).withUnsafeBufferPointer(decode)
    }

    private static func decode(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        var (block, bits, isWhole) = (0, 0, true)
        let bytes = [UInt8](unsafeUninitializedCapacity: text.count * 3 / 4) { bytes, count in
            for byte in text {
                let value = values[Int(byte)]
                guard value < 64 else {
                    isWhole = false
                    return
                }
                block = (block << 6 | Int(value)) & 0xFFFF
                bits += 6
                if bits >= 8 {
                    bits -= 8
                    bytes[count] = UInt8(truncatingIfNeeded: block >> bits)
                    count += 1
                }
            }
        }
        return isWhole && bits < 6 && block & (1 << bits - 1) == 0 ? bytes : nil
    }
}
