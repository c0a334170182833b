// Base64 with the alphabet of URLs and without padding (RFC 4648, section 5; RFC 7515, appendix C).

package enum Base64URL {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, byte) in alphabet.enumerated() { values[Int(byte)] = UInt8(value) }
        return values
    }()

    package static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        var place = 0
        while place < bytes.count {
            let left = bytes.count - place
            let block = (0..<3).reduce(0) { $0 << 8 | ($1 < left ? Int(bytes[place + $1]) : 0) }
            for sextet in 0...min(left, 3) { text.append(alphabet[block >> (18 - 6 * sextet) & 63]) }
            place += 3
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil for any other text, one with bits that mean nothing included: of two texts for the same bytes, one is wrong.
    package static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count * 3 / 4)
        var (block, bits) = (0, 0)
        for byte in text {
            let value = values[Int(byte)]
            guard value < 64 else { return nil }
            block = (block << 6 | Int(value)) & 0xFFFF
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: block >> bits))
            }
        }
        return bits < 6 && block & (1 << bits - 1) == 0 ? bytes : nil
    }
}
